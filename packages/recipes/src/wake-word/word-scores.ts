import { wilsonInterval } from "@ohmwork/tasks";

/** What a clip scored, by a detector that was trained on the other folds. */
export type ScoredClip = { readonly fold: number; readonly score: number };

/** How many words are heard where so many of the other clips are taken for it. */
export type HitRate = {
  /** Share of the other clips that is asked for. */
  readonly falseAccepts: number;
  /** Other clips that score above the threshold: the largest number that is no more than that share. */
  readonly accepted: number;
  readonly hits: number;
  readonly hitRate: number;
  /** Wilson's interval of 95 % for the hit rate. */
  readonly interval: { readonly low: number; readonly high: number };
};

/** Shares of other clips taken for the word at which hits are counted. */
const shares = [0.01, 0.02, 0.05];

/**
 * Area under the curve: how often a word scores higher than another clip of the same fold, a tie counting half.
 *
 * @throws RangeError when no fold has both
 */
export function areaWithinFolds(words: readonly ScoredClip[], others: readonly ScoredClip[]): number {
  let [won, pairs] = [0, 0];
  for (const word of words) {
    for (const other of others) {
      if (word.fold !== other.fold) continue;
      pairs += 1;
      won += word.score > other.score ? 1 : word.score === other.score ? 0.5 : 0;
    }
  }
  if (pairs === 0) throw new RangeError("No fold has both words and other clips");
  return won / pairs;
}

/** Scores above which 1, 2 and 5 % of the other clips lie, one for all folds. */
export function thresholdsOf(others: readonly ScoredClip[]): number[] {
  const falling = others.map(({ score }) => score).toSorted((a, b) => b - a);
  return shares.map((share) => falling[Math.floor(share * falling.length)] ?? -Infinity);
}

/** How many clips score above a threshold. */
export function countAbove(clips: readonly ScoredClip[], threshold: number): number {
  return clips.filter(({ score }) => score > threshold).length;
}

/** Hits at 1, 2 and 5 % of the other clips taken for the word. */
export function hitRates(words: readonly ScoredClip[], others: readonly ScoredClip[]): HitRate[] {
  return thresholdsOf(others).map((threshold, i) => {
    const hits = countAbove(words, threshold);
    const rate = { falseAccepts: shares[i] as number, accepted: countAbove(others, threshold), hits };
    return { ...rate, hitRate: hits / words.length, interval: wilsonInterval(hits, words.length) };
  });
}
