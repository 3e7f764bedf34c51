import { createBatch } from "@ohmwork/core";
import { clusterVoices, voiceFeatureNames, voiceFeatures } from "@ohmwork/tasks";

/** A recording at 16 kHz. */
export type WordClip = {
  readonly name: string;
  readonly samples: Float32Array;
  /** Who speaks, where that is known; the voices of the others are told apart by their sound. */
  readonly speaker?: string;
};

/** Clusters that the clips without a speaker are put into. */
const VOICES = 7;

/**
 * The fold of every clip, first of the words, then of the others: no voice and no recording situation is in two folds. Clips
 * of one speaker stay together, and so do clips without a speaker that sound alike. Every fold gets its share of words first, then of others.
 *
 * @returns folds of the words, folds of each corpus of others, and the sizes of the clusters
 * @throws RangeError when there are fewer voices with the word than folds
 */
export function wordFolds(
  words: readonly WordClip[],
  others: readonly (readonly WordClip[])[],
  folds: number,
): { readonly words: Uint32Array; readonly others: readonly Uint32Array[]; readonly voices: readonly VoiceSize[] } {
  const named = [words, ...others].map((clips) => clips.map(({ speaker }) => speaker));
  const unnamed = [words, ...others].flatMap((clips) => clips.filter(({ speaker }) => speaker === undefined));
  const clusters = voicesOf(unnamed);
  let next = 0;
  const groups = named.map((speakers) => speakers.map((speaker) => speaker ?? `voice ${clusters[next++]}`));
  const voices = Map.groupBy(
    groups.flatMap((names, corpus) => names.map((name) => ({ name, corpus }))),
    ({ name }) => name,
  );
  const sizes = [...voices].map(([name, clips]): VoiceSize => {
    const count = clips.filter(({ corpus }) => corpus === 0).length;
    return { name, words: count, others: clips.length - count };
  });
  if (sizes.filter((voice) => voice.words > 0).length < folds)
    throw new RangeError(`Word of ${sizes.filter((voice) => voice.words > 0).length} voices: expected ${folds} or more`);
  const foldOf = spread(sizes, folds);
  const [ofWords = new Uint32Array(0), ...ofOthers] = groups.map((names) =>
    Uint32Array.from(names, (name) => foldOf.get(name) as number),
  );
  return { words: ofWords, others: ofOthers, voices: sizes.filter(({ name }) => name.startsWith("voice ")) };
}

function voicesOf(clips: readonly WordClip[]): Uint32Array {
  if (clips.length === 0) return new Uint32Array(0);
  const features = clips.flatMap(({ samples }) => [...voiceFeatures(samples)]);
  const rows = createBatch(Float32Array.from(features), [clips.length, voiceFeatureNames.length]);
  return clusterVoices(rows, Math.min(VOICES, clips.length));
}

export type VoiceSize = { readonly name: string; readonly words: number; readonly others: number };

/** Each voice, the largest first, into the fold that has least of what it brings. */
function spread(voices: readonly VoiceSize[], folds: number): Map<string, number> {
  const sums = Array.from({ length: folds }, () => ({ words: 0, others: 0 }));
  const foldOf = new Map<string, number>();
  for (const what of ["words", "others"] as const) {
    const own = voices.filter((voice) => (voice.words > 0 ? "words" : "others") === what);
    for (const voice of own.toSorted((a, b) => b[what] - a[what])) {
      const least = sums.reduce((best, sum, fold) => (sum[what] < (sums[best]?.[what] ?? 0) ? fold : best), 0);
      const sum = sums[least] as (typeof sums)[number];
      sum.words += voice.words;
      sum.others += voice.others;
      foldOf.set(voice.name, least);
    }
  }
  return foldOf;
}
