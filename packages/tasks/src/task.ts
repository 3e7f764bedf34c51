import { type Batch, rowsOf } from "@ohmwork/core";

/** Rows to learn from or to test on; all in volts, one row of each batch per example. */
export type Examples = {
  /** Source voltages [rows, sources]. */
  readonly inputs: Batch;
  /** Wanted output voltages [rows, outputs]; NaN: that output is not clamped. */
  readonly labels: Batch;
  /** Class of each row, where the task is to tell classes apart. */
  readonly classes?: Uint32Array;
};

/** Data, encoding and score: what is asked of a system, in volts. */
export type Task = {
  readonly name: string;
  readonly kind: "classification" | "regression";
  readonly supplyVolts: number;
  /** What each source node carries, in the order of the inputs. */
  readonly inputNames: readonly string[];
  readonly train: Examples;
  readonly test: Examples;
  readonly classNames?: readonly string[];
  /** Accuracy 0 to 1 for a classification, mean squared error [V²] for a regression, of outputs [rows, outputs] in volts. */
  readonly score: (outputs: Batch, examples: Examples) => number;
  /** The same score on the test rows of methods that are not physical, to set a system's own beside. Computed when asked. */
  readonly baselines: () => Readonly<Record<string, number>>;
};

/** Share of rows whose class is right. @throws RangeError when the numbers of rows differ or there are none */
export function accuracy(answers: Uint32Array, classes: Uint32Array): number {
  if (answers.length !== classes.length || classes.length === 0) {
    throw new RangeError(`Accuracy needs one answer per row: ${answers.length} answers, ${classes.length} rows`);
  }
  let right = 0;
  for (const [row, answer] of answers.entries()) if (answer === classes[row]) right += 1;
  return right / classes.length;
}

/** Mean squared distance from the labels that are numbers [V²]. @throws RangeError when shapes differ or no label is a number */
export function meanSquaredError(outputs: Batch, labels: Batch): number {
  if (outputs.data.length !== labels.data.length || rowsOf(outputs).count !== rowsOf(labels).count) {
    throw new RangeError(
      `Outputs have shape [${outputs.shape.join(", ")}], labels [${labels.shape.join(", ")}]: expected the same`,
    );
  }
  let sum = 0;
  let count = 0;
  for (const [i, label] of labels.data.entries()) {
    if (Number.isNaN(label)) continue;
    sum += ((outputs.data[i] as number) - label) ** 2;
    count += 1;
  }
  if (count === 0) throw new RangeError("Mean squared error needs at least one label that is a number");
  return sum / count;
}
