import { createRandom } from "@ohmwork/core";
import { describe, expect, it } from "vitest";
import { runWakeWord } from "./run-wake-word.ts";
import { type WordClip, wordFolds } from "./word-folds.ts";
import { areaWithinFolds, hitRates, type ScoredClip, thresholdsOf } from "./word-scores.ts";

/** A word of four tones, each of 120 ms, in a voice that is higher or lower and louder or softer than another. */
function said(tones: readonly number[], voice: number, take: number): WordClip {
  const random = createRandom(voice * 1000 + take, `tones ${tones.join(" ")}`);
  const [shift, level, hiss] = [1 + 0.04 * (voice % 5), 0.05 * (1 + (voice % 3)), 1e-4 * 3 ** (voice % 4)];
  const start = Math.round(600 + 800 * random.uniform());
  const length = Math.round(1920 * (0.95 + 0.1 * random.uniform()));
  const samples = Float32Array.from({ length: 10_000 }, (_, n) => {
    const tone = tones[Math.floor((n - start) / length)];
    const sound = tone === undefined ? 0 : Math.sin((2 * Math.PI * tone * shift * n) / 16_000);
    return level * sound + hiss * random.normal();
  });
  return { name: `${tones.join("-")} ${voice} ${take}`, samples, speaker: `speaker ${voice}` };
}

const word = [350, 1200, 2400, 700];
const others = [
  [700, 2400, 1200, 350],
  [2400, 1200, 700, 350],
];
const voices = [1, 2, 3, 4, 5];
const words = voices.flatMap((voice) => [1, 2].map((take) => said(word, voice, take)));
const clips = voices.flatMap((voice) => others.map((tones) => said(tones, voice, 1)));

describe("runWakeWord()", () => {
  it("tells a word from its own tones in another order, by voices it never heard, by either rule, and the same again for the same seed", async () => {
    for (const rule of ["in-place", "in-silico"] as const) {
      const run = (): ReturnType<typeof runWakeWord> => runWakeWord(words, [{ corpus: "others", clips }], { seed: 3, rule });
      const result = await run();
      expect(result.all.area).toBeGreaterThan(0.95);
      expect(result.folds.reduce((sum, fold) => sum + fold.words, 0)).toBe(10);
      expect(await run()).toEqual(result);
      expect(result.folds.every((fold) => fold.words > 0 && fold.others > 0)).toBe(true);
    }
  });

  it("tells nothing from nothing: the same tones with another name score by chance", async () => {
    const same = voices.flatMap((voice) => [3, 4].map((take) => said(word, voice, take)));
    const { all } = await runWakeWord(words, [{ corpus: "the word itself", clips: same }], { seed: 3 });
    expect(all.area).toBeGreaterThan(0.2);
    expect(all.area).toBeLessThan(0.8);
  });

  it("stops when it is told to", async () => {
    const stop = new AbortController();
    const onProgress = (): void => stop.abort();
    const stopped = runWakeWord(words, [{ corpus: "others", clips }], { seed: 1, signal: stop.signal, onProgress });
    await expect(stopped).rejects.toThrow("Training of a wake word was stopped before its end");
  });

  it("says which clip has no sound", async () => {
    const silent = { name: "silent.wav", samples: new Float32Array(16_000), speaker: "speaker 1" };
    await expect(runWakeWord([...words, silent], [{ corpus: "others", clips }], { seed: 1 })).rejects.toThrow(
      "silent.wav: Nothing is heard, expected a spoken word",
    );
  });
});

describe("wordFolds()", () => {
  it("keeps every speaker in one fold, and gives each fold words", () => {
    const folds = wordFolds(words, [clips], 5);
    const foldsOfSpeaker = new Map<string, Set<number>>();
    for (const [i, { speaker = "" }] of [...words, ...clips].entries()) {
      const fold = [...folds.words, ...(folds.others[0] ?? [])][i] as number;
      foldsOfSpeaker.set(speaker, (foldsOfSpeaker.get(speaker) ?? new Set()).add(fold));
    }
    expect([...foldsOfSpeaker.values()].map(({ size }) => size)).toEqual(voices.map(() => 1));
    expect(new Set(folds.words).size).toBe(5);
  });

  it("puts clips of nobody in particular together by their sound", () => {
    const unnamed = (all: readonly WordClip[]): WordClip[] => all.map(({ name, samples }) => ({ name, samples }));
    const folds = wordFolds(unnamed(words), [unnamed(clips)], 3);
    expect(folds.voices.reduce((sum, voice) => sum + voice.words, 0)).toBe(words.length);
    expect(folds.voices.reduce((sum, voice) => sum + voice.others, 0)).toBe(clips.length);
    expect(folds.voices).toHaveLength(7);
  });

  it("refuses a word of too few voices", () => {
    expect(() => wordFolds(words.slice(0, 4), [clips], 5)).toThrow("Word of 2 voices: expected 5 or more");
  });
});

describe("areaWithinFolds(), hitRates()", () => {
  const of = (fold: number, ...scores: number[]): ScoredClip[] => scores.map((score) => ({ fold, score }));

  it("counts pairs of one fold only, ties half", () => {
    expect(areaWithinFolds([...of(0, 2, 1), ...of(1, 0)], [...of(0, 1, 0), ...of(1, 5, 7)])).toBe((2 + 1.5) / 6);
    expect(() => areaWithinFolds(of(0, 1), of(1, 1))).toThrow(RangeError);
  });

  it("takes no more of the others than asked, and says what that means for the words", () => {
    const others200 = of(0, ...Array.from({ length: 200 }, (_, i) => i));
    const [one, two, five] = hitRates(of(0, 300, 198, 195.5, 192, 10), others200);
    expect([one?.accepted, two?.accepted, five?.accepted]).toEqual([2, 4, 10]);
    expect([one?.hits, two?.hits, five?.hits]).toEqual([2, 3, 4]);
    expect(one?.interval.low).toBeGreaterThan(0.1);
    expect(one?.interval.high).toBeLessThan(0.8);
    expect(thresholdsOf(of(0, 1, 1, 1))).toEqual([1, 1, 1]);
  });
});
