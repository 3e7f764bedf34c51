import { cosine, type GraphRuntime, type Schedule, tensor } from "@ohmwork/autograd";
import { AbortedError, type Batch, type PhysicalSystem } from "@ohmwork/core";
import type { LabelledBatch } from "@ohmwork/tasks";
import type { Plan } from "../network/plan.ts";
import { drawParameters } from "../network/segment.ts";
import { type ForwardPass, loadForwardPass, type Programmed } from "./forward-pass.ts";
import { measureStarts } from "./measure-starts.ts";
import type { Phase, TrainingOptions } from "./phase.ts";
import { refitReadout } from "./refit-readout.ts";
import { TrainingError } from "./training-error.ts";
import { noCounts, type TrainingState } from "./training-state.ts";
import { loadTrainingStep } from "./training-step.ts";

/** Who takes part in a training. */
export type TrainingParts = {
  readonly plan: Plan;
  readonly runtime: GraphRuntime;
  /** By the names the network calls them; needed by phases that go through devices. */
  readonly devices: Readonly<Record<string, PhysicalSystem>>;
  /** The batches of an epoch, each of `options.batch` rows; the same epoch gives the same batches. */
  readonly batches: (epoch: number) => Iterable<LabelledBatch>;
  readonly batchesPerEpoch: number;
  /** Examples as they are, for what is measured or fitted once. */
  readonly examples: LabelledBatch;
};

export type TrainingProgress = {
  readonly state: TrainingState;
  /** Mean loss and share of right answers over the steps since the last report. */
  readonly loss: number;
  readonly accuracy: number;
  readonly steps: number;
  readonly stepsInAll: number;
  /** An epoch has just ended. */
  readonly epochEnds: boolean;
};

export type TrainingRun = {
  readonly seed: number;
  /** Where to go on from. @default the start of the first phase, parameters drawn from the seed */
  readonly from?: TrainingState;
  /** Steps between two reports. @default 50 */
  readonly reportEvery?: number;
  readonly signal?: AbortSignal;
};

/** A device gets so many tries for one call before the training stops. */
const TRIES = 3;
/** So many steps in a row without a usable number, and the training stops. */
const LONGEST_SKIP = 20;

/**
 * Trains a network by a rule: phase after phase, epoch after epoch. A step whose numbers are not numbers is left out and
 * counted. Every report carries the state; going on from it gives the same bits as not having stopped, if the devices can
 * go back to theirs (`restore`).
 *
 * @throws TrainingError when a device fails three times in a row at one call, or 20 steps in a row have no usable numbers
 * @throws AbortedError when the signal fires
 */
export async function* train(
  parts: TrainingParts,
  phases: readonly Phase[],
  options: TrainingOptions,
  run: TrainingRun,
): AsyncGenerator<TrainingProgress, TrainingState, undefined> {
  const programmed: Programmed = new Map();
  const stepsInAll = phases.reduce((sum, phase) => sum + epochsOf(phase, options) * parts.batchesPerEpoch, 0);
  let state = run.from ?? (await begin(parts, phases, options, run.seed, programmed));
  for (const [name, saved] of Object.entries(state.devices)) await parts.devices[name]?.restore?.(saved);
  let before = phases.slice(0, state.phase).reduce((sum, phase) => sum + epochsOf(phase, options) * parts.batchesPerEpoch, 0);
  while (state.phase < phases.length) {
    const phase = phases[state.phase] as Phase;
    if (phase.trains === "read-out") state = await refitReadout(parts, state, options, programmed);
    else {
      for await (const progress of trainPhase(parts, phase, options, { ...run, from: state }, programmed)) {
        state = progress.state;
        yield { ...progress, steps: before + progress.steps, stepsInAll };
      }
    }
    before += epochsOf(phase, options) * parts.batchesPerEpoch;
    state = { ...state, phase: state.phase + 1, epoch: 0, batch: 0, step: 0, slots: zeroSlots(options, parts.plan) };
  }
  return state;
}

function epochsOf(phase: Phase, { epochs }: TrainingOptions): number {
  return phase.trains === "read-out" ? 0 : Math.max(1, Math.round(phase.epochs * epochs));
}

function zeroSlots({ optimiser }: TrainingOptions, { parameters }: Plan): Float32Array[] {
  const zero = tensor("float32", [parameters], new Float32Array(parameters));
  return optimiser.init(zero).map(({ data }) => data as Float32Array);
}

async function begin(
  parts: TrainingParts,
  phases: readonly Phase[],
  options: TrainingOptions,
  seed: number,
  programmed: Programmed,
): Promise<TrainingState> {
  const drawn = drawParameters(parts.plan.segments, seed);
  const parameters = await measureStarts(parts, drawn, (phases[0] as Phase).forward, programmed);
  return {
    phase: 0,
    epoch: 0,
    batch: 0,
    step: 0,
    parameters,
    slots: zeroSlots(options, parts.plan),
    devices: {},
    counts: noCounts,
  };
}

type PhaseProgress = Omit<TrainingProgress, "stepsInAll">;

async function* trainPhase(
  parts: TrainingParts,
  phase: Phase,
  options: TrainingOptions,
  run: TrainingRun & { readonly from: TrainingState },
  programmed: Programmed,
): AsyncGenerator<PhaseProgress, void, undefined> {
  const { plan, runtime } = parts;
  const onDevice = phase.forward === "device";
  const epochs = epochsOf(phase, options);
  const schedule: Schedule = cosine({
    steps: epochs * parts.batchesPerEpoch,
    warmUp: options.warmUp ?? 0,
    last: options.lastRate ?? 0.01,
  });
  await using step = await loadTrainingStep(plan, runtime, {
    ...options,
    rows: options.batch,
    forward: onDevice ? "measured" : "twin",
    ...(onDevice ? { noise: undefined } : {}),
  } as Parameters<typeof loadTrainingStep>[2]);
  await using forward = onDevice ? await loadForwardPass(plan, options.batch, { ...parts, programmed }) : undefined;
  let { from: state } = run;
  let skippedInARow = 0;
  let tally = { loss: 0, right: 0, rows: 0, steps: 0 };
  const epochAt = (phaseIndex: number, epoch: number): number => phaseIndex * 10_000 + epoch;
  for (; state.epoch < epochs; state = { ...state, epoch: state.epoch + 1, batch: 0 }) {
    const skip = state.batch;
    let batch = -1;
    for (const { inputs, labels } of parts.batches(epochAt(state.phase, state.epoch))) {
      batch += 1;
      if (batch < skip) continue;
      if (run.signal?.aborted === true) throw new AbortedError("Training");
      const id = `${run.seed}/${state.phase}/${state.epoch}/${batch}`;
      let { counts } = state;
      const pass =
        forward === undefined
          ? undefined
          : await tried(
              forward,
              state,
              inputs,
              id,
              run.signal,
              () => (counts = { ...counts, retriedCalls: counts.retriedCalls + 1 }),
            );
      const physical = plan.layers.reduce((sum, layer) => sum + (layer.kind === "physical" ? layer.factor : 0), 0);
      if (onDevice) counts = { ...counts, deviceEvaluations: counts.deviceEvaluations + options.batch * physical };
      const result = await step.run({
        parameters: state.parameters,
        slots: state.slots,
        rate: options.rate * phase.rate * schedule(state.step),
        step: state.step + 1,
        inputs,
        labels,
        ...(pass === undefined ? {} : { measured: pass.measured }),
        noiseSeed: run.seed,
      });
      const usable = Number.isFinite(result.loss) && Number.isFinite(result.norm);
      if (usable) {
        skippedInARow = 0;
        tally = {
          loss: tally.loss + result.loss,
          right: tally.right + rightAnswers(result.scores, labels),
          rows: tally.rows + labels.length,
          steps: tally.steps + 1,
        };
      } else {
        skippedInARow += 1;
        counts = { ...counts, skippedSteps: counts.skippedSteps + 1 };
        if (skippedInARow >= LONGEST_SKIP) {
          throw new TrainingError(
            `Training stopped: ${LONGEST_SKIP} steps in a row gave no finite loss and gradient, the last at step ${state.step + 1}`,
            { step: state.step },
          );
        }
      }
      const next = usable ? { parameters: result.parameters, slots: result.slots } : {};
      state = { ...state, ...next, batch: batch + 1, step: state.step + 1, counts };
      const ends = state.batch === parts.batchesPerEpoch;
      if (ends || state.step % (run.reportEvery ?? 50) === 0) {
        state = { ...state, devices: onDevice ? await snapshots(parts.devices) : {} };
        yield { state, loss: tally.loss / tally.steps, accuracy: tally.right / tally.rows, steps: state.step, epochEnds: ends };
        tally = { loss: 0, right: 0, rows: 0, steps: 0 };
      }
    }
  }
}

async function tried(
  forward: ForwardPass,
  { parameters, step }: TrainingState,
  inputs: Batch,
  id: string,
  signal: AbortSignal | undefined,
  retried: () => void,
): ReturnType<ForwardPass["run"]> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await forward.run(parameters, inputs, id, signal);
    } catch (error) {
      if (error instanceof AbortedError) throw error;
      if (attempt >= TRIES) {
        const reason = error instanceof Error ? error.message : String(error);
        throw new TrainingError(
          `Training stopped at step ${step + 1}: the device failed ${TRIES} times, the last time with: ${reason}`,
          { step },
          { cause: error },
        );
      }
      retried();
    }
  }
}

async function snapshots(devices: TrainingParts["devices"]): Promise<Record<string, Uint8Array>> {
  const saved: Record<string, Uint8Array> = {};
  for (const [name, device] of Object.entries(devices)) if (device.snapshot !== undefined) saved[name] = await device.snapshot();
  return saved;
}

/** Rows whose highest score is that of their label. */
export function rightAnswers(scores: Float32Array, labels: ArrayLike<number>): number {
  const classes = scores.length / labels.length;
  let right = 0;
  for (let row = 0; row < labels.length; row += 1) {
    const own = scores.subarray(row * classes, (row + 1) * classes);
    let best = 0;
    for (let k = 1; k < classes; k += 1) if ((own[k] as number) > (own[best] as number)) best = k;
    if (best === labels[row]) right += 1;
  }
  return right;
}
