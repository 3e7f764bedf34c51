import type { Loss, Optimiser, Schedule } from "@ohmwork/autograd";
import type { Levels } from "../network/ranges.ts";
import type { StepOptions } from "../network/step-graph.ts";

/** One stretch of training. */
export type Phase = {
  /** What the network runs forward through: the devices (Physics-Aware Training), or their twins (in silico). */
  readonly forward: "device" | "twin";
  /** Which parameters are trained: all, or only an affine map behind the scores, fitted to what the devices answer. */
  readonly trains: "all" | "read-out";
  /** Share of the recipe's epochs and of its step size. */
  readonly epochs: number;
  readonly rate: number;
  /** Pieces that the recipe's batches are cut into: as many more steps, of fewer rows each. @default 1 */
  readonly pieces?: number;
  /** Of the recipe's batches of an epoch at most so many. @default all */
  readonly batches?: number;
};

/** How a recipe trains, whatever the rule. */
export type TrainingOptions = {
  readonly epochs: number;
  readonly batch: number;
  readonly rate: number;
  readonly optimiser: Optimiser;
  /** @default crossEntropy */
  readonly loss?: Loss;
  /** Steps over which the step size rises. @default 0 */
  readonly warmUp?: number;
  /** Share of the step size at the end of its cosine. @default 0.01 */
  readonly lastRate?: number;
  /** The factor on the step size over so many steps of a phase, in the place of a rise and a cosine. */
  readonly schedule?: (steps: number) => Schedule;
  readonly clipNorm?: number;
  /** Noise of the twins while they train in silico. */
  readonly noise?: NonNullable<StepOptions["noise"]>;
  /** How parameters with positions are held to them. @default "straight-through" */
  readonly levels?: Levels;
  readonly own?: NonNullable<StepOptions["own"]>;
  /** Epochs without a better validation score after which a phase ends, with the parameters of its best. @default all are run */
  readonly patience?: number;
  /** Rows that the read-out is refitted on. @default 10000 */
  readonly refitRows?: number;
};

const all = { trains: "all", epochs: 1, rate: 1 } as const;
const inSilico: Phase = { forward: "twin", ...all };

/** A way of training, by name. `digital` trains the network that a recipe gives for what its digital operations do alone. */
export type TrainingRule =
  | "pat"
  | "in-silico"
  | "in-silico-then-transfer"
  | "in-silico-then-pat"
  | "in-silico-then-fine-tune"
  | "readout-refit"
  | "digital";

/** The ways of training, each a list of phases. */
export const trainingRules: Readonly<Record<TrainingRule, readonly Phase[]>> = {
  pat: [{ forward: "device", ...all }],
  "in-silico": [inSilico],
  "in-silico-then-transfer": [inSilico],
  "in-silico-then-pat": [inSilico, { forward: "device", trains: "all", epochs: 1 / 3, rate: 1 / 2 }],
  "in-silico-then-fine-tune": [inSilico, { forward: "device", trains: "all", epochs: 0, rate: 0.3, pieces: 4, batches: 7 }],
  "readout-refit": [inSilico, { forward: "device", trains: "read-out", epochs: 1, rate: 1 }],
  digital: [inSilico],
};

/** Epochs of a phase, one at the least; fitting the read-out has none. */
export function epochsOf(phase: Phase, { epochs }: Pick<TrainingOptions, "epochs">): number {
  return phase.trains === "read-out" ? 0 : Math.max(1, Math.round(phase.epochs * epochs));
}

/** Steps of a phase, where an epoch has so many of the recipe's batches. */
export function stepsOf(phase: Phase, options: Pick<TrainingOptions, "epochs">, batchesPerEpoch: number): number {
  return epochsOf(phase, options) * stepsPerEpoch(phase, batchesPerEpoch);
}

export function stepsPerEpoch({ pieces = 1, batches = Infinity }: Phase, batchesPerEpoch: number): number {
  return Math.min(batchesPerEpoch, batches) * pieces;
}
