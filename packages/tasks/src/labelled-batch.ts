import { type Batch, takeRows } from "@ohmwork/core";

/** Inputs [rows, …], one row per example, and the class index of each. */
export type LabelledBatch = { readonly inputs: Batch; readonly labels: Uint32Array };

/** Examples to learn from, to choose by, and to report on. The three share no row; where the source names people, none of them either. */
export type SplitDataset = {
  readonly name: string;
  /** Where the numbers come from, for people. */
  readonly source: string;
  readonly classes: readonly string[];
  readonly train: LabelledBatch;
  readonly validation: LabelledBatch;
  readonly test: LabelledBatch;
};

/** The named rows, copied in the given order. @throws RangeError when there is no such row */
export function takeLabelled({ inputs, labels }: LabelledBatch, rows: Uint32Array): LabelledBatch {
  return { inputs: takeRows(inputs, rows), labels: rows.map((row) => labels[row] as number) };
}
