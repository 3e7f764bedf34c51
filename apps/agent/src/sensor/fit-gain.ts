import { type Batch, rowOf, rowsOf } from "@ohmwork/core";
import { probabilitiesOf } from "./decision.ts";

/** Gains that are tried [1/V]. */
const LEAST = 1;
const MOST = 400;
/** Shrinking of the interval at each step, and the steps that bring it below 1 %. */
const GOLDEN = (Math.sqrt(5) - 1) / 2;
const STEPS = 14;

/**
 * The gain at which the probabilities of scores [rows × classes] V fit the right classes best: the least mean of −ln p, which has one
 * minimum in the gain (temperature scaling; Guo et al., ICML 2017). From 1 to 400 per volt.
 *
 * @throws RangeError when there is not one class for each row, or no row
 */
export function fitGain(scores: Batch, labels: ArrayLike<number>): number {
  const { count } = rowsOf(scores);
  if (count === 0 || labels.length !== count)
    throw new RangeError(`Expected a class for each of ${count} rows, got ${labels.length}`);
  const lossOf = (logGain: number): number => {
    let loss = 0;
    for (let row = 0; row < count; row += 1) {
      const p = probabilitiesOf(rowOf(scores, row), Math.exp(logGain))[labels[row] as number] as number;
      loss -= Math.log(Math.max(p, Number.MIN_VALUE));
    }
    return loss;
  };
  let [low, high] = [Math.log(LEAST), Math.log(MOST)];
  for (let step = 0; step < STEPS; step += 1) {
    const [a, b] = [high - GOLDEN * (high - low), low + GOLDEN * (high - low)];
    if (lossOf(a) < lossOf(b)) high = b;
    else low = a;
  }
  return Math.exp((low + high) / 2);
}
