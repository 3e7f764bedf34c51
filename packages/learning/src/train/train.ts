import { type GraphRuntime, tensor } from "@ohmwork/autograd";
import { type PhysicalSystem, throwIfAborted } from "@ohmwork/core";
import type { LabelledBatch } from "@ohmwork/tasks";
import type { Plan } from "../network/plan.ts";
import { onPositions } from "../network/ranges.ts";
import { drawParameters } from "../network/segment.ts";
import type { Programmed } from "./ask-device.ts";
import { measureStarts } from "./measure-starts.ts";
import { epochsOf, type Phase, stepsOf, type TrainingOptions } from "./phase.ts";
import { refitReadout } from "./refit-readout.ts";
import { trainPhase } from "./train-phase.ts";
import type { TrainingState } from "./training-state.ts";

/** Who takes part in a training. */
export type TrainingParts = {
  readonly plan: Plan;
  readonly runtime: GraphRuntime;
  /** By the names the network calls them; needed by phases that go through devices. */
  readonly devices: Readonly<Record<string, PhysicalSystem>>;
  /** The batches of an epoch, each of `options.batch` rows. Epochs are counted from 0 through all phases; the same one gives the same batches. */
  readonly batches: (epoch: number) => Iterable<LabelledBatch>;
  readonly batchesPerEpoch: number;
  /** Examples as they are, for what is measured or fitted once. */
  readonly examples: LabelledBatch;
};

export type TrainingProgress = {
  readonly state: TrainingState;
  /** Mean loss and share of right answers over the steps since the last report; not a number where all were left out. */
  readonly loss: number;
  readonly accuracy: number;
  /** Steps so far and steps planned, of all phases; a phase that stops early leaves some out. */
  readonly steps: number;
  readonly stepsInAll: number;
  /** An epoch has just ended. */
  readonly epochEnds: boolean;
};

export type TrainingRun = {
  readonly seed: number;
  /** Where to go on from. @default the start of the first phase, parameters drawn from the seed */
  readonly from?: TrainingState;
  /** Steps of a phase between two reports; each epoch ends with one besides. @default 50 */
  readonly reportEvery?: number;
  /** Score of a state on rows that nothing is learned from, the higher the better; asked after each epoch where `options.patience` is set. */
  readonly validate?: (state: TrainingState) => Promise<number>;
  readonly signal?: AbortSignal;
};

/**
 * Trains a network by a rule: phase after phase, epoch after epoch. A step whose numbers are not numbers is left out and
 * counted. Every report carries the state; going on from it gives the same bits as not having stopped, if the devices can
 * go back to theirs (`restore`). Nothing goes on behind a training that has ended, been told to, or is not asked for more.
 *
 * @throws TrainingError when a device fails three times in a row at one call, or 20 steps in a row have no usable numbers
 * @throws PortRangeError when a device is given what is outside its windows
 * @throws RangeError when a device is not given, an epoch has too few batches, a label is no class, or `from` is of another network
 * @throws TypeError when there is patience and nothing to score by
 * @throws AbortedError when the signal fires
 */
export async function* train(
  parts: TrainingParts,
  phases: readonly Phase[],
  options: TrainingOptions,
  run: TrainingRun,
): AsyncGenerator<TrainingProgress, TrainingState, undefined> {
  if (options.patience !== undefined && run.validate === undefined)
    throw new TypeError("Training with patience needs validate, by which an epoch is better than another");
  throwIfAborted(run.signal, "Training");
  const programmed: Programmed = new Map();
  const epochs = phases.map((phase) => epochsOf(phase, options));
  const steps = phases.map((phase) => stepsOf(phase, options, parts.batchesPerEpoch));
  const sum = (counts: readonly number[]): number => counts.reduce((total, count) => total + count, 0);
  let state =
    run.from === undefined ? await begin(parts, phases[0], options, run, programmed) : await goOn(parts, options, run.from);
  while (state.phase < phases.length) {
    const phase = phases[state.phase] as Phase;
    const epochsBefore = sum(epochs.slice(0, state.phase));
    const stepsBefore = sum(steps.slice(0, state.phase));
    const work = { parts, options, run, programmed, epochsBefore, stepsBefore, stepsInAll: sum(steps) };
    state = phase.trains === "read-out" ? await refitReadout(work, state) : yield* trainPhase(work, phase, state);
    state = atNextPhase(state, parts.plan, options);
  }
  return state;
}

async function begin(
  parts: TrainingParts,
  first: Phase | undefined,
  options: TrainingOptions,
  { seed, signal }: TrainingRun,
  programmed: Programmed,
): Promise<TrainingState> {
  const { plan } = parts;
  const drawn = drawParameters(plan.segments, seed);
  const start = options.levels === "projection" ? onPositions(plan, drawn) : drawn;
  const asking = { programmed, stops: "Training stopped before its first step", step: 0, signal };
  const { parameters, counts } = await measureStarts(parts, start, first?.forward ?? "twin", asking);
  const slots = zeroSlots(plan, options);
  return { phase: 0, epoch: 0, batch: 0, step: 0, parameters, slots, devices: {}, counts };
}

async function goOn(
  { plan, devices }: TrainingParts,
  { optimiser }: TrainingOptions,
  from: TrainingState,
): Promise<TrainingState> {
  const [wanted, given] = [plan.parameters, from.parameters.length];
  if (given !== wanted) throw new RangeError(`State to go on from has ${given} parameters, the network has ${wanted}`);
  if (from.slots.length !== optimiser.slots.length) {
    const remembers = optimiser.slots.join(" and ") || "nothing";
    throw new RangeError(`State to go on from has ${from.slots.length} slots, ${optimiser.name} remembers ${remembers}`);
  }
  for (const [name, saved] of Object.entries(from.devices)) await devices[name]?.restore?.(saved);
  return from;
}

function atNextPhase(state: TrainingState, plan: Plan, options: TrainingOptions): TrainingState {
  const { best: _best, ...kept } = state;
  return { ...kept, phase: state.phase + 1, epoch: 0, batch: 0, step: 0, slots: zeroSlots(plan, options) };
}

function zeroSlots({ parameters }: Plan, { optimiser }: TrainingOptions): Float32Array[] {
  const zero = tensor("float32", [parameters], new Float32Array(parameters));
  return optimiser.init(zero).map(({ data }) => data as Float32Array);
}
