import { allFinite } from "./finite-rows.ts";

/**
 * Rows whose highest score is that of their label; of equal scores the first counts. A row with a score that is no number is not right.
 *
 * @param scores [rows × classes]
 */
export function rightAnswers(scores: Float32Array, labels: ArrayLike<number>): number {
  const classes = scores.length / labels.length;
  let right = 0;
  for (let row = 0; row < labels.length; row += 1) {
    const own = scores.subarray(row * classes, (row + 1) * classes);
    if (!allFinite(own)) continue;
    let best = 0;
    for (let k = 1; k < classes; k += 1) if ((own[k] as number) > (own[best] as number)) best = k;
    if (best === labels[row]) right += 1;
  }
  return right;
}
