import { createRandom, type PhysicalSystem } from "@ohmwork/core";
import { answers, noCounts, type Phase, rightAnswers, train, type TrainingState } from "@ohmwork/learning";
import { spreadRows, stagesAsSystems } from "@ohmwork/systems";
import { type LabelledBatch, takeLabelled } from "@ohmwork/tasks";
import type { TrainingExperiment } from "./training-experiment.ts";

/**
 * What the devices of a fleet are trained to: each its own parameters; one set for all, by the mean of their gradients; or one set
 * for half of the rows, from which each goes on to its own.
 */
export type FleetMode = "personal" | "shared" | "shared-then-personal";

export type TrainFleetOptions = {
  readonly mode: FleetMode;
  /** Where all begin: the parameters of the whole network [p], as a training in silico leaves them. */
  readonly from: Float32Array;
  /** Rows that each device measures. */
  readonly rowsEach: number;
  /** Rows that each device measures for one step. @default 16 */
  readonly batch?: number;
  /** Of the recipe's step size. @default 0.3 */
  readonly rate?: number;
  /** Of the order of the rows. */
  readonly seed: number;
  readonly signal?: AbortSignal;
};

const modes: Readonly<Record<FleetMode, readonly ["shared" | "personal", number][]>> = {
  personal: [["personal", 1]],
  shared: [["shared", 1]],
  "shared-then-personal": [
    ["shared", 1 / 2],
    ["personal", 1 / 2],
  ],
};

/**
 * Trains like devices through what they measure, by Physics-Aware Training.
 *
 * @param devices each all that the experiment's network calls a device, as `TrainRecipe.whole` makes it, or its only one
 * @returns the parameters of the whole network for each device
 * @throws what `train` throws, and RangeError when the devices are not alike or a share of the rows fills no batch
 */
export async function trainFleet(
  experiment: TrainingExperiment,
  devices: readonly PhysicalSystem[],
  { mode, from, rowsEach, batch = 16, rate = 0.3, seed, signal }: TrainFleetOptions,
): Promise<readonly Float32Array[]> {
  let parameters = devices.map(() => from);
  for (const [kind, share] of modes[mode]) {
    const steps = Math.floor((rowsEach * share) / batch);
    if (steps === 0) throw new RangeError(`${rowsEach * share} rows for each device fill no batch of ${batch}`);
    const common = { steps, rate, seed, ...(signal !== undefined && { signal }) };
    if (kind === "shared") {
      const all = { device: spreadRows(devices), batch: batch * devices.length, name: mode };
      const trained = await trainOne(experiment, { ...common, ...all, from: parameters[0] as Float32Array });
      parameters = devices.map(() => trained);
    } else {
      parameters = await Promise.all(
        devices.map((device, k) =>
          trainOne(experiment, { ...common, device, batch, name: `${mode} ${k}`, from: parameters[k] as Float32Array }),
        ),
      );
    }
  }
  return parameters;
}

/** Share of right answers on rows of a device that is all that a network calls one, at parameters of the whole network. */
export async function accuracyOn(
  { parts, recipe }: TrainingExperiment,
  device: PhysicalSystem,
  options: {
    readonly parameters: Float32Array;
    readonly rows: LabelledBatch;
    readonly id: string;
    readonly signal?: AbortSignal;
  },
): Promise<number> {
  const { parameters, rows, id, signal } = options;
  const asked = { through: "device", id, ...(signal !== undefined && { signal }) } as const;
  const scores = await answers({ ...parts, devices: devicesOf(recipe, device) }, parameters, rows.inputs, asked);
  return rightAnswers(scores, rows.labels) / rows.labels.length;
}

/** One device by the names that a recipe's network has for its stages. */
function devicesOf({ devices }: TrainingExperiment["recipe"], device: PhysicalSystem): Record<string, PhysicalSystem> {
  const names = Object.keys(devices);
  const stages = names.length === 1 ? [device] : stagesAsSystems(device, Object.values(devices));
  return Object.fromEntries(names.map((name, k) => [name, stages[k] as PhysicalSystem]));
}

type One = {
  readonly device: PhysicalSystem;
  readonly from: Float32Array;
  readonly steps: number;
  readonly batch: number;
  readonly rate: number;
  readonly seed: number;
  readonly name: string;
  readonly signal?: AbortSignal;
};

async function trainOne({ parts, recipe, task }: TrainingExperiment, one: One): Promise<Float32Array> {
  const { device, from, steps, batch, rate, seed, name, signal } = one;
  const phase: Phase = { forward: "device", trains: "all", epochs: 1, rate };
  const options = { ...recipe.options, epochs: 1, batch };
  const slots = options.optimiser.slots.map(() => new Float32Array(from.length));
  const state: TrainingState = {
    phase: 0,
    epoch: 0,
    batch: 0,
    step: 0,
    parameters: from.slice(),
    slots,
    devices: {},
    counts: noCounts,
  };
  const own = {
    ...parts,
    devices: devicesOf(recipe, device),
    batchesPerEpoch: steps,
    batches: () => drawn(task.train, { steps, batch, seed, name }),
  };
  const training = train(own, [phase], options, { seed, from: state, ...(signal !== undefined && { signal }) });
  let next = await training.next();
  while (next.done !== true) next = await training.next();
  return next.value.parameters;
}

/** Batches of rows that come once before any comes again. */
function* drawn(
  rows: LabelledBatch,
  { steps, batch, seed, name }: Pick<One, "steps" | "batch" | "seed" | "name">,
): Iterable<LabelledBatch> {
  const random = createRandom(seed, `rows of ${name}`);
  let waiting: number[] = [];
  for (let step = 0; step < steps; step += 1) {
    while (waiting.length < batch) waiting = [...waiting, ...random.permutation(rows.labels.length)];
    yield takeLabelled(rows, Uint32Array.from(waiting.slice(0, batch)));
    waiting = waiting.slice(batch);
  }
}
