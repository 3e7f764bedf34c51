import { type Batch, createBatch, rowsOf } from "@ohmwork/core";
import { convexFit } from "../non-negative-fit.ts";

/**
 * Outputs [rows, outputs] that the best network of resistors could give for `inputs`, best in the least-squares sense over
 * the training rows: every output a mean of the sources with weights ≥ 0 of sum 1, each output free to choose its own.
 * Labels of NaN are not fitted. What a rule reaches beyond this it owes to a loss nearer to the score than the square.
 */
export function nonNegativeLeastSquares(train: { readonly inputs: Batch; readonly labels: Batch }, inputs: Batch): Batch {
  const { count, width: sources } = rowsOf(inputs);
  const { width: outputs } = rowsOf(train.labels);
  const data = new Float32Array(count * outputs);
  for (let output = 0; output < outputs; output += 1) {
    const targets = train.labels.data.filter((_, i) => i % outputs === output);
    const weights = convexFit(train.inputs, targets);
    for (let row = 0; row < count; row += 1) {
      data[row * outputs + output] = weights.reduce(
        (sum, weight, source) => sum + weight * (inputs.data[row * sources + source] as number),
        0,
      );
    }
  }
  return createBatch(data, [count, outputs]);
}
