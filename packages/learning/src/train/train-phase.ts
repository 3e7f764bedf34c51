import { cosine } from "@ohmwork/autograd";
import { createBatch, createRandom, throwIfAborted } from "@ohmwork/core";
import type { LabelledBatch } from "@ohmwork/tasks";
import type { Programmed } from "./ask-device.ts";
import { ranDry, withScore } from "./early-stop.ts";
import { type ForwardPass, loadForwardPass } from "./forward-pass.ts";
import { epochsOf, type Phase, stepsOf, stepsPerEpoch, type TrainingOptions } from "./phase.ts";
import { enterStep, isUsable, noTally, type StepBooks, type TakenStep } from "./step-books.ts";
import { LONGEST_WHOLE } from "../network/vector-parts.ts";
import { letGo } from "./let-go.ts";
import type { TrainingParts, TrainingProgress, TrainingRun } from "./train.ts";
import { counted, type TrainingState } from "./training-state.ts";
import { loadTrainingStep, type StepResult, type TrainingStep } from "./training-step.ts";

/** A training and where in it a phase stands. */
export type PhaseWork = {
  readonly parts: TrainingParts;
  readonly options: TrainingOptions;
  readonly run: TrainingRun;
  readonly programmed: Programmed;
  /** Epochs and steps of the phases before this one, and steps of all. */
  readonly epochsBefore: number;
  readonly stepsBefore: number;
  readonly stepsInAll: number;
};

/**
 * Trains all parameters through one phase, reporting as it goes.
 *
 * @returns the state behind it, with the parameters of its best epoch where it may stop early
 */
export async function* trainPhase(
  work: PhaseWork,
  phase: Phase,
  from: TrainingState,
): AsyncGenerator<TrainingProgress, TrainingState, undefined> {
  const { parts, options, run, epochsBefore } = work;
  const { reportEvery = 50, validate } = run;
  const patience = options.patience ?? Infinity;
  const epochs = epochsOf(phase, options);
  const { pieces = 1 } = phase;
  const batchesPerEpoch = stepsPerEpoch(phase, parts.batchesPerEpoch);
  const rows = options.batch / pieces;
  if (!Number.isInteger(rows)) throw new RangeError(`Batches of ${options.batch} rows cannot be cut into ${pieces} pieces`);
  const onDevice = phase.forward === "device";
  await using resources = new AsyncDisposableStack();
  const load = async (steps: number): Promise<TrainingStep> =>
    resources.use(await loadTrainingStep(parts.plan, parts.runtime, { ...stepOptions(phase, options, rows), steps }));
  const step = await load(1);
  const row = goesInRows(phase, options, parts) ? await load(STEPS_IN_A_ROW) : undefined;
  const forward = onDevice ? await loadForwardPass(parts.plan, rows, { ...parts, scores: false }) : undefined;
  if (forward !== undefined) resources.use(forward);
  const rate = ratesOf(phase, options, parts.batchesPerEpoch);

  let books: StepBooks = { state: from, tally: noTally, skipped: 0 };
  // The last state that somebody else has: its numbers stay.
  let shown = from;
  while (books.state.epoch < epochs && !ranDry(books.state, patience)) {
    const untilReport = (): number => reportEvery - (books.state.step % reportEvery);
    const fewer = { ...parts, batchesPerEpoch: batchesPerEpoch / pieces };
    const left = batchesLeft(fewer, pieces, epochsBefore + books.state.epoch, books.state.batch);
    for (const group of inGroups(left, () => Math.min(row?.steps ?? 1, untilReport()))) {
      throwIfAborted(run.signal, "Training");
      const taken = group.length === row?.steps ? await takeRow(row, group, books.state, rate) : undefined;
      if (taken !== undefined) {
        const before = books.state;
        books = taken.reduce(enterStep, books);
        letGo(before, [books.state, shown]);
      } else
        for (const batch of group) {
          const before = books.state;
          books = enterStep(books, await takeStep({ work, step, forward }, batch, before, rate(before.step)));
          letGo(before, [books.state, shown]);
        }
      const epochEnds = books.state.batch === batchesPerEpoch;
      if (!epochEnds && books.state.step % reportEvery !== 0) continue;
      let { state } = books;
      if (epochEnds) {
        if (validate !== undefined && patience < Infinity) state = withScore(state, await validate(state));
        // Whoever validates may have programmed the devices.
        work.programmed.clear();
        state = { ...state, epoch: state.epoch + 1, batch: 0 };
      }
      state = { ...state, devices: await snapshots(parts.devices) };
      shown = state;
      yield { state, ...progressOf(books, work), epochEnds };
      books = { ...books, state, tally: noTally };
    }
  }
  const { state } = books;
  if (state.best === undefined) return state;
  const counts = counted(state.counts, { sparedSteps: (epochs - state.epoch) * batchesPerEpoch });
  return { ...state, parameters: state.best.parameters, counts };
}

/** Steps of one run, where several may go in one: more would save little of what is handed over, and take long to load. */
const STEPS_IN_A_ROW = 8;

/** Whether handing over the parameters takes long enough, and nothing lies between the steps. */
function goesInRows({ forward }: Phase, { noise }: TrainingOptions, { plan }: TrainingParts): boolean {
  return forward === "twin" && noise === undefined && plan.parameters > LONGEST_WHOLE;
}

function* inGroups<Item>(items: Iterable<Item>, size: () => number): Generator<readonly Item[]> {
  let group: Item[] = [];
  for (const item of items) {
    group.push(item);
    if (group.length < size()) continue;
    yield group;
    group = [];
  }
  if (group.length > 0) yield group;
}

function stepOptions(phase: Phase, { noise, ...options }: TrainingOptions, rows: number): Parameters<typeof loadTrainingStep>[2] {
  if (phase.forward === "device") return { ...options, rows, forward: "measured" };
  return { ...options, rows, forward: "twin", ...(noise === undefined ? {} : { noise }) };
}

/** The step size at each step of a phase. */
function ratesOf(phase: Phase, options: TrainingOptions, batchesPerEpoch: number): (step: number) => number {
  const { rate, warmUp = 0, lastRate = 0.01 } = options;
  const steps = stepsOf(phase, options, batchesPerEpoch);
  const factor = options.schedule?.(steps) ?? cosine({ steps, warmUp, last: lastRate });
  return (step) => rate * phase.rate * factor(step);
}

/** Batches of an epoch from a certain one on. @throws RangeError when there are not as many as there should be */
function* batchesLeft(
  { batches, batchesPerEpoch }: TrainingParts,
  pieces: number,
  epoch: number,
  from: number,
): Iterable<LabelledBatch> {
  let count = 0;
  for (const batch of batches(epoch)) {
    count += 1;
    if (count * pieces > from) yield* cut(batch, pieces).slice(Math.max(0, from - (count - 1) * pieces));
    if (count === batchesPerEpoch) return;
  }
  throw new RangeError(`Epoch ${epoch} has ${count} batches, expected ${batchesPerEpoch}`);
}

function cut(batch: LabelledBatch, pieces: number): readonly LabelledBatch[] {
  if (pieces === 1) return [batch];
  const { inputs, labels } = batch;
  const rows = labels.length / pieces;
  const values = inputs.data.length / pieces;
  return Array.from({ length: pieces }, (_, k) => ({
    inputs: createBatch(inputs.data.subarray(k * values, (k + 1) * values), [rows, ...inputs.shape.slice(1)]),
    labels: labels.slice(k * rows, (k + 1) * rows),
  }));
}

type Stepping = {
  readonly work: PhaseWork;
  readonly step: TrainingStep;
  readonly forward: ForwardPass | undefined;
};

/** Steps in a row, as each would have gone alone; `undefined` where one of them would have been left out. */
async function takeRow(
  row: TrainingStep,
  group: readonly LabelledBatch[],
  state: TrainingState,
  rate: (step: number) => number,
): Promise<readonly TakenStep[] | undefined> {
  const inputs = group.map((batch, at) => ({ ...batch, rate: rate(state.step + at), step: state.step + at + 1 }));
  const results = await row.run(state, inputs);
  return results.every(isUsable)
    ? results.map((result, at) => ({ result, labels: (group[at] as LabelledBatch).labels, evaluations: 0, retries: 0 }))
    : undefined;
}

async function takeStep(
  { work, step, forward }: Stepping,
  { inputs, labels }: LabelledBatch,
  state: TrainingState,
  rate: number,
): Promise<TakenStep> {
  const { run, programmed } = work;
  const name = `${run.seed}/${state.phase}/${state.epoch}/${state.batch}`;
  const stops = `Training stopped at step ${state.step + 1}`;
  const asking = { programmed, stops, step: state.step, signal: run.signal };
  const pass = await forward?.run(state.parameters, inputs, name, asking);
  const drawn = pass === undefined ? { noise: createRandom(run.seed, `twin noise of ${name}`) } : { measured: pass.measured };
  const [result] = await step.run(state, [{ rate, step: state.step + 1, inputs, labels, ...drawn }]);
  return { result: result as StepResult, labels, evaluations: pass?.evaluations ?? 0, retries: pass?.retries ?? 0 };
}

function progressOf({ tally, state }: StepBooks, work: PhaseWork): Omit<TrainingProgress, "state" | "epochEnds"> {
  return {
    loss: tally.loss / tally.steps,
    accuracy: tally.right / tally.rows,
    steps: work.stepsBefore + state.step,
    stepsInAll: work.stepsInAll,
  };
}

async function snapshots(devices: TrainingParts["devices"]): Promise<Record<string, Uint8Array>> {
  const saved: Record<string, Uint8Array> = {};
  for (const [name, device] of Object.entries(devices)) if (device.snapshot !== undefined) saved[name] = await device.snapshot();
  return saved;
}
