import { balancedLogistic } from "@ohmwork/tasks";
import { bestWindow, windowScore, WORD_FEATURES, type WordWindows } from "./word-windows.ts";

/** Strength of the penalty on the weights. Ten times as much or as little costs some .01 of the area under the curve. */
const PENALTY = 1;
/** Largest slope of the loss at which a round's fit is done: the next round begins where it stopped. */
const TOLERANCE = 1e-4;
/** Rounds in which places are chosen anew. */
const ROUNDS = 7;
/** Windows by which the word's place may differ from the loudest one: 200 ms. */
const REACH = 10;
/** Steps of a weight's potentiometer to either side of the middle. */
const WEIGHT_STEPS = 128;

/** Hears a word in a clip. */
export type WordDetector = {
  /** From −1 to 1, on the 257 positions of a potentiometer [96]. */
  readonly weights: Float64Array;
  /**
   * How much a clip sounds like the word at its best place: 0 where one in fifty of the clips without the word that it was trained on begins, −1
   * at their middle. So scores of detectors that were trained on different clips can be compared.
   */
  readonly score: (windows: WordWindows) => number;
};

/**
 * Trains a detector. Where in a clip the word stands nobody says: each round takes the best place near the loudest for every clip with the
 * word, and adds the hardest place of every other clip.
 *
 * @throws RangeError when there are no words or nothing else
 */
export function trainDetector(words: readonly WordWindows[], others: readonly WordWindows[]): WordDetector {
  let fitted: Float64Array | undefined;
  const taken = others.map(({ loudest }) => new Set([loudest]));
  for (let round = 0; round < ROUNDS; round += 1) {
    const places: Place[] = [];
    for (const windows of words) {
      const best = fitted === undefined ? windows.loudest : bestWindow(fitted, windows, near(windows));
      for (const at of [best - 1, best, best + 1]) if (at >= 0 && at < windows.count) places.push({ windows, at, isWord: true });
    }
    for (const [i, windows] of others.entries()) {
      if (fitted !== undefined) taken[i]?.add(bestWindow(fitted, windows));
      for (const at of taken[i] ?? []) places.push({ windows, at, isWord: false });
    }
    fitted = balancedLogistic(rowsAt(places), {
      penalty: PENALTY,
      tolerance: TOLERANCE,
      ...(fitted === undefined ? {} : { start: fitted }),
    });
  }
  const weights = onPotentiometers((fitted ?? new Float64Array(WORD_FEATURES)).subarray(0, WORD_FEATURES));
  const raw = (windows: WordWindows): number => windowScore(weights, windows, bestWindow(weights, windows));
  const heard = Float64Array.from(others, raw).sort();
  const middle = heard[Math.floor(heard.length / 2)] as number;
  const high = heard[Math.floor(0.98 * heard.length)] as number;
  const scale = 1 / Math.max(high - middle, Number.MIN_VALUE);
  return { weights, score: (windows) => (raw(windows) - high) * scale };
}

type Place = { readonly windows: WordWindows; readonly at: number; readonly isWord: boolean };

function near({ accepted, loudest }: WordWindows): number[] {
  return accepted.filter((at) => Math.abs(at - loudest) <= REACH);
}

function rowsAt(places: readonly Place[]): Parameters<typeof balancedLogistic>[0] {
  const features = new Float32Array(places.length * WORD_FEATURES);
  for (const [row, { windows, at }] of places.entries())
    features.set(windows.features.subarray(at * WORD_FEATURES, (at + 1) * WORD_FEATURES), row * WORD_FEATURES);
  return { features, width: WORD_FEATURES, isPositive: places.map(({ isWord }) => isWord) };
}

/** The largest weight at the end of its potentiometer. */
function onPotentiometers(weights: Float64Array): Float64Array {
  const most = weights.reduce((largest, weight) => Math.max(largest, Math.abs(weight)), Number.MIN_VALUE);
  return weights.map((weight) => Math.round((weight / most) * WEIGHT_STEPS) / WEIGHT_STEPS);
}
