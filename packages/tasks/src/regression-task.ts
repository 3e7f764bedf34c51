import { type Batch, createBatch, rowsOf } from "@ohmwork/core";
import { nonNegativeLeastSquares } from "./baselines/non-negative-least-squares.ts";
import { affineFit } from "./least-squares.ts";
import { type Examples, meanSquaredError, type Task } from "./task.ts";

/**
 * A regression from its examples. Baselines, as mean squared errors [V²] on the test rows: `meanLabel` answers the mean of
 * the training labels; `linearRegression` is the best affine function of the sources, below which no linear network comes
 * on the rows it learns from; `nonNegativeLeastSquares` the best means of the sources with weights ≥ 0 of sum 1.
 */
export function regressionTask(parts: Pick<Task, "name" | "supplyVolts" | "inputNames" | "train" | "test">): Task {
  const { train, test } = parts;
  return {
    ...parts,
    kind: "regression",
    score: (outputs, examples) => meanSquaredError(outputs, examples.labels),
    baselines: () => ({
      meanLabel: meanSquaredError(answerEach(train, test.inputs, meanLabel), test.labels),
      linearRegression: meanSquaredError(answerEach(train, test.inputs, affineFit), test.labels),
      nonNegativeLeastSquares: meanSquaredError(nonNegativeLeastSquares(train, test.inputs), test.labels),
    }),
  };
}

type Fit = (inputs: Batch, targets: Float32Array) => (inputs: Batch) => ArrayLike<number>;

const meanLabel: Fit = (_, targets) => (inputs) =>
  new Float64Array(rowsOf(inputs).count).fill(targets.reduce((sum, target) => sum + target, 0) / targets.length);

/** Answers of one fit per output, as a batch [rows, outputs]. */
function answerEach(train: Examples, inputs: Batch, fit: Fit): Batch {
  const { width: outputs } = rowsOf(train.labels);
  const { count } = rowsOf(inputs);
  const data = new Float32Array(count * outputs);
  for (let output = 0; output < outputs; output += 1) {
    const answers = fit(
      train.inputs,
      train.labels.data.filter((_, i) => i % outputs === output),
    )(inputs);
    for (let row = 0; row < count; row += 1) data[row * outputs + output] = answers[row] as number;
  }
  return createBatch(data, [count, outputs]);
}
