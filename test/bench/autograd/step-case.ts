import type { GraphRuntime, Tensor } from "@ohmwork/autograd";

/** Some steps in a row: the last loss, and what one of them took. */
export type Stretch = { readonly loss: number; readonly wallSeconds: number; readonly processorSeconds: number };

/** A training that goes on from where it stands. */
export type OwnTraining = AsyncDisposable & {
  readonly steps: (count: number) => Promise<{ readonly loss: number; readonly parameters: Float32Array }>;
};

/** One kind of training step, on both sides with the same numbers. */
export type StepCase = {
  readonly name: string;
  readonly batch: number;
  /** Sizes of its typical product of matrices: rows, inner length, columns. */
  readonly product?: readonly [number, number, number];
  /** How many times as fast as PyTorch it should be on one thread. */
  readonly wantedRatio: number;
  /** What PyTorch is told, with `parameters`, `inputs` and `labels` among it. */
  readonly request: Readonly<Record<string, unknown>>;
  /** Other ways to write the same in PyTorch, by name: what differs in the request. */
  readonly otherWays?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly start: (runtime: GraphRuntime) => Promise<OwnTraining>;
};

/** What `StepCase.request` has in every case. */
export type Shared = {
  readonly parameters: Tensor;
  readonly inputs: Tensor;
  readonly labels: Tensor;
  readonly rate: number;
};

/** Times some steps of our own. */
export async function timed(training: OwnTraining, count: number): Promise<Stretch & { readonly parameters: Float32Array }> {
  const used = process.cpuUsage();
  const from = performance.now();
  const result = await training.steps(count);
  const wallSeconds = (performance.now() - from) / 1000 / count;
  const { user, system } = process.cpuUsage(used);
  return { ...result, wallSeconds, processorSeconds: (user + system) / 1e6 / count };
}
