import { BadInputError, throwIfAborted } from "@ohmwork/core";
import { createLogBank, type EarGap, scaleEarGap, wakeWordGap } from "@ohmwork/systems";
import { findEndpoints, resample } from "@ohmwork/tasks";
import { trainDetector } from "./train-detector.ts";
import { type VoiceSize, type WordClip, wordFolds } from "./word-folds.ts";
import { areaWithinFolds, countAbove, hitRates, type HitRate, type ScoredClip, thresholdsOf } from "./word-scores.ts";
import { wordWindows, type WordWindows } from "./word-windows.ts";

/** Samples a second of every clip. */
export const WORD_RATE = 16_000;
/** Parts of the clips, each tested on once by a detector that was trained on the others. */
const FOLDS = 5;
/** Speeds at which every clip with the word is heard once more in training. */
const SPEEDS = [0.86, 0.93, 1.08, 1.16];
/** Silence before and after a clip, so that the word may stand at its very edge [samples]. */
const MARGIN = 4480;

/** Where a detector gets its weights: from the board that it is tried on, or from an ear as it is drawn. */
export const wakeWordRules = ["in-place", "in-silico"] as const;
export type WakeWordRule = (typeof wakeWordRules)[number];

export type WakeWordOptions = {
  /** Draws the board. */
  readonly seed: number;
  /** @default "in-place" */
  readonly rule?: WakeWordRule;
  /** Size of the gap between the board and the drawn ear; 0 is none. @default 1 */
  readonly gapScale?: number;
  readonly signal?: AbortSignal;
  /** Told after every part of the work; may wait. */
  readonly onProgress?: (done: number, of: number, what: string) => void | Promise<void>;
};

/** Clips that are not the word, by where they come from. */
export type OtherClips = { readonly corpus: string; readonly clips: readonly WordClip[] };

/** How well a word was told from the clips of one corpus, or of all. */
export type CorpusScore = {
  readonly corpus: string;
  readonly clips: number;
  readonly area: number;
  readonly rates: readonly HitRate[];
  /** Share of this corpus that is taken for the word at the thresholds of all corpora together. */
  readonly takenAtAll: readonly number[];
};

export type WakeWordResult = {
  readonly words: number;
  readonly all: CorpusScore;
  readonly corpora: readonly CorpusScore[];
  /** Area under the curve in each fold. */
  readonly folds: readonly { readonly words: number; readonly others: number; readonly area: number }[];
  readonly voices: readonly VoiceSize[];
};

/**
 * Trains and tries a detector of one word, in five folds by voice: filters untrained, 96 weights trained, the largest score over all places of
 * a clip counted. False accepts are counted per clip; how many there would be in an hour, such clips do not tell.
 *
 * @throws BadInputError when nothing is heard in a clip
 * @throws RangeError when there are too few voices with the word
 * @throws AbortedError when the signal fires
 */
export async function runWakeWord(
  words: readonly WordClip[],
  corpora: readonly OtherClips[],
  options: WakeWordOptions,
): Promise<WakeWordResult> {
  const { seed, rule = "in-place", gapScale = 1, signal, onProgress = () => undefined } = options;
  const parts = [words, ...corpora.map(({ clips }) => clips)];
  const of = parts.length + 1 + FOLDS;
  let done = 0;
  const progress = async (what: string): Promise<void> => {
    await onProgress((done += 1), of, what);
    throwIfAborted(signal, "Training of a wake word");
  };
  const folds = wordFolds(
    words,
    corpora.map(({ clips }) => clips),
    FOLDS,
  );
  const board = hearing(seed, { ...scaleEarGap(wakeWordGap, gapScale), microphoneNoise: wakeWordGap.microphoneNoise });
  const drawn = hearing(seed, { ...scaleEarGap(wakeWordGap, 0), microphoneNoise: wakeWordGap.microphoneNoise });
  const teacher = rule === "in-place" ? board : drawn;

  const tested: WordWindows[][] = [];
  const taught: WordWindows[][] = [];
  for (const clips of parts) {
    const own = clips.map((clip) => board(clip));
    tested.push(own);
    taught.push(rule === "in-place" ? own : clips.map((clip) => teacher(clip)));
    await progress("clips");
  }
  const faster = words.map((clip) => SPEEDS.map((speed) => teacher(clip, speed)));
  await progress("clips at other speeds");

  const scored: ScoredClip[][] = parts.map(() => []);
  const foldsOf = [folds.words, ...folds.others];
  for (let fold = 0; fold < FOLDS; fold += 1) {
    const others = taught.slice(1).flatMap((clips, c) => clips.filter((_, i) => folds.others[c]?.[i] !== fold));
    const own = (taught[0] ?? []).flatMap((clip, i) => (folds.words[i] === fold ? [] : [clip, ...(faster[i] ?? [])]));
    const { score } = trainDetector(own, others);
    for (const [c, clips] of tested.entries())
      for (const [i, clip] of clips.entries()) if (foldsOf[c]?.[i] === fold) scored[c]?.push({ fold, score: score(clip) });
    await progress("folds");
  }

  const [ofWords = [], ...ofOthers] = scored;
  const everything = ofOthers.flat();
  const thresholds = thresholdsOf(everything);
  const scoreOf = (corpus: string, clips: readonly ScoredClip[]): CorpusScore => ({
    corpus,
    clips: clips.length,
    area: areaWithinFolds(ofWords, clips),
    rates: hitRates(ofWords, clips),
    takenAtAll: thresholds.map((threshold) => countAbove(clips, threshold) / clips.length),
  });
  return {
    words: words.length,
    all: scoreOf("all", everything),
    corpora: corpora.map(({ corpus }, c) => scoreOf(corpus, ofOthers[c] ?? [])),
    folds: Array.from({ length: FOLDS }, (_, fold) => {
      const [heard, not] = [ofWords, everything].map((clips) => clips.filter((clip) => clip.fold === fold)) as [
        ScoredClip[],
        ScoredClip[],
      ];
      return { words: heard.length, others: not.length, area: areaWithinFolds(heard, not) };
    }),
    voices: folds.voices,
  };
}

/** What one ear hears of a clip, behind a gain control that knows the whole clip. */
function hearing(seed: number, gap: EarGap): (clip: WordClip, speed?: number) => WordWindows {
  const bank = createLogBank({ seed, gap });
  return ({ name, samples }, speed = 1) => {
    // Taken for a recording of another rate, it is said faster or slower.
    const said = speed === 1 ? samples : resample({ rate: Math.round(speed * WORD_RATE), samples }, WORD_RATE).samples;
    const found = findEndpoints(said, { rate: WORD_RATE });
    if (found === undefined) throw new BadInputError(`${name}: Nothing is heard, expected a spoken word`, { where: name });
    const sound = new Float32Array(said.length + 2 * MARGIN);
    for (const [i, value] of said.entries()) sound[MARGIN + i] = value / found.level;
    return wordWindows(bank(sound, `${name} × ${speed}`));
  };
}
