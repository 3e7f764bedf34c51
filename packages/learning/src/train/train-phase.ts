import { cosine } from "@ohmwork/autograd";
import { createRandom, throwIfAborted } from "@ohmwork/core";
import type { LabelledBatch } from "@ohmwork/tasks";
import type { Programmed } from "./ask-device.ts";
import { ranDry, withScore } from "./early-stop.ts";
import { type ForwardPass, loadForwardPass } from "./forward-pass.ts";
import { epochsOf, type Phase, type TrainingOptions } from "./phase.ts";
import { enterStep, noTally, type StepBooks } from "./step-books.ts";
import { letGo } from "./let-go.ts";
import type { TrainingParts, TrainingProgress, TrainingRun } from "./train.ts";
import { counted, type TrainingState } from "./training-state.ts";
import { loadTrainingStep, type TrainingStep } from "./training-step.ts";

/** A training and where in it a phase stands. */
export type PhaseWork = {
  readonly parts: TrainingParts;
  readonly options: TrainingOptions;
  readonly run: TrainingRun;
  readonly programmed: Programmed;
  /** Epochs of the phases before this one, and of all. */
  readonly epochsBefore: number;
  readonly epochsInAll: number;
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
  const { batchesPerEpoch } = parts;
  const onDevice = phase.forward === "device";
  await using resources = new AsyncDisposableStack();
  const step = resources.use(await loadTrainingStep(parts.plan, parts.runtime, stepOptions(phase, options)));
  const forward = onDevice ? await loadForwardPass(parts.plan, options.batch, { ...parts, scores: false }) : undefined;
  if (forward !== undefined) resources.use(forward);
  const rate = ratesOf(phase, options, batchesPerEpoch);

  let books: StepBooks = { state: from, tally: noTally, skipped: 0 };
  // The last state that somebody else has: its numbers stay.
  let shown = from;
  while (books.state.epoch < epochs && !ranDry(books.state, patience)) {
    for (const batch of batchesLeft(parts, epochsBefore + books.state.epoch, books.state.batch)) {
      throwIfAborted(run.signal, "Training");
      const before = books.state;
      books = enterStep(books, await takeStep({ work, step, forward }, batch, before, rate(before.step)));
      letGo(before, [books.state, shown]);
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

function stepOptions(phase: Phase, { batch, noise, ...options }: TrainingOptions): Parameters<typeof loadTrainingStep>[2] {
  if (phase.forward === "device") return { ...options, rows: batch, forward: "measured" };
  return { ...options, rows: batch, forward: "twin", ...(noise === undefined ? {} : { noise }) };
}

/** The step size at each step of a phase. */
function ratesOf(phase: Phase, options: TrainingOptions, batchesPerEpoch: number): (step: number) => number {
  const { rate, warmUp = 0, lastRate = 0.01 } = options;
  const steps = epochsOf(phase, options) * batchesPerEpoch;
  const factor = options.schedule?.(steps) ?? cosine({ steps, warmUp, last: lastRate });
  return (step) => rate * phase.rate * factor(step);
}

/** Batches of an epoch from a certain one on. @throws RangeError when there are not as many as there should be */
function* batchesLeft({ batches, batchesPerEpoch }: TrainingParts, epoch: number, from: number): Iterable<LabelledBatch> {
  let count = 0;
  for (const batch of batches(epoch)) {
    count += 1;
    if (count > from) yield batch;
    if (count === batchesPerEpoch) return;
  }
  throw new RangeError(`Epoch ${epoch} has ${count} batches, expected ${batchesPerEpoch}`);
}

type Stepping = {
  readonly work: PhaseWork;
  readonly step: TrainingStep;
  readonly forward: ForwardPass | undefined;
};

async function takeStep(
  { work, step, forward }: Stepping,
  { inputs, labels }: LabelledBatch,
  state: TrainingState,
  rate: number,
): Promise<Parameters<typeof enterStep>[1]> {
  const { run, programmed } = work;
  const { parameters, slots } = state;
  const name = `${run.seed}/${state.phase}/${state.epoch}/${state.batch}`;
  const stops = `Training stopped at step ${state.step + 1}`;
  const asking = { programmed, stops, step: state.step, signal: run.signal };
  const pass = await forward?.run(parameters, inputs, name, asking);
  const result = await step.run({
    parameters,
    slots,
    rate,
    step: state.step + 1,
    inputs,
    labels,
    ...(pass === undefined ? { noise: createRandom(run.seed, `twin noise of ${name}`) } : { measured: pass.measured }),
  });
  return { result, labels, evaluations: pass?.evaluations ?? 0, retries: pass?.retries ?? 0 };
}

function progressOf({ tally, state }: StepBooks, work: PhaseWork): Omit<TrainingProgress, "state" | "epochEnds"> {
  const { batchesPerEpoch } = work.parts;
  return {
    loss: tally.loss / tally.steps,
    accuracy: tally.right / tally.rows,
    steps: work.epochsBefore * batchesPerEpoch + state.step,
    stepsInAll: work.epochsInAll * batchesPerEpoch,
  };
}

async function snapshots(devices: TrainingParts["devices"]): Promise<Record<string, Uint8Array>> {
  const saved: Record<string, Uint8Array> = {};
  for (const [name, device] of Object.entries(devices)) if (device.snapshot !== undefined) saved[name] = await device.snapshot();
  return saved;
}
