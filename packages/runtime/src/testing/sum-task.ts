import { type Batch, batchOf } from "@ohmwork/core";

type SumExamples = { readonly inputs: Batch; readonly labels: Batch };

/** What the fake learner can learn: half its first input plus a quarter of its second, scored by the largest error [V]. */
export type SumTask = {
  readonly name: "sum";
  readonly train: SumExamples;
  readonly test: SumExamples;
  readonly score: (outputs: Batch, examples: SumExamples) => number;
};

export function createSumTask(rows: readonly (readonly [number, number])[]): SumTask {
  const examples = { inputs: batchOf(rows), labels: batchOf(rows.map(([a, b]) => [a / 2 + b / 4])) };
  return {
    name: "sum",
    train: examples,
    test: examples,
    score: (outputs, { labels }) => Math.max(...outputs.data.map((volts, i) => Math.abs(volts - (labels.data[i] as number)))),
  };
}
