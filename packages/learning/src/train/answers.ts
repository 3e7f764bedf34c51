import { encodeModel, type GraphRuntime, tensor, type Tensor } from "@ohmwork/autograd";
import { type Batch, createBatch, type PhysicalSystem, throwIfAborted } from "@ohmwork/core";
import type { Plan } from "../network/plan.ts";
import { twinGraph } from "../network/stretch-graphs.ts";
import type { Asking } from "./ask-device.ts";
import { finiteRows } from "./finite-rows.ts";
import { type ForwardPass, loadForwardPass } from "./forward-pass.ts";
import { counted, noCounts, type TrainingCounts } from "./training-state.ts";

/** Rows that go through a network at once where nothing is learned. */
const ROWS = 500;

/** What scores of rows are asked of: a trained network with its devices, or with its twins. */
export type AnswerParts = {
  readonly plan: Plan;
  readonly runtime: GraphRuntime;
  readonly devices: Readonly<Record<string, PhysicalSystem>>;
};

export type AnswerOptions = {
  readonly through: "device" | "twin";
  /** Affine map behind the scores, [classes × classes] then [classes]. */
  readonly readout?: Float32Array | undefined;
  /** Names the calls of the devices, so that a repeated one is the same measurement. @default `answers` */
  readonly id?: string;
  readonly signal?: AbortSignal;
  /** Who asks, where that is a training; it then knows what the devices hold. */
  readonly asking?: Asking;
  /** Told after each part: rows done, and what they took of the devices. */
  readonly onRows?: (done: number, counts: TrainingCounts) => void;
};

/**
 * Scores [rows × classes] of a network for inputs [rows, width]. A row that is no number on its way is lost alone: its scores
 * are no numbers, and it is counted.
 *
 * @throws TrainingError when a device fails three times in a row at one call
 * @throws PortRangeError when a device is given what is outside its windows
 * @throws AbortedError when the signal fires
 */
export async function answers(
  parts: AnswerParts,
  parameters: Float32Array,
  inputs: Batch,
  options: AnswerOptions,
): Promise<Float32Array> {
  const { plan } = parts;
  const rows = inputs.shape[0] as number;
  const scores = new Float32Array(rows * plan.outputs);
  const asking = options.asking ?? { programmed: new Map(), stops: "Answering stopped", step: 0, signal: options.signal };
  const whole = rows - (rows % ROWS);
  let counts = noCounts;
  for (const [from, to, size] of [
    [0, whole, ROWS],
    [whole, rows, rows - whole],
  ] as const) {
    if (from === to) continue;
    await using pass = await loadPass(parts, size, options);
    for (let at = from; at < to; at += size) {
      throwIfAborted(asking.signal, "Answering");
      const part = rowsBetween(inputs, at, at + size);
      const made = await pass.run(parameters, part, `${options.id ?? "answers"}/${at}`, asking);
      scores.set(made.scores, at * plan.outputs);
      const lostRows = size - finiteRows(createBatch(made.scores, [size, plan.outputs])).length;
      counts = counted(counts, { deviceEvaluations: made.evaluations, retriedCalls: made.retries, lostRows });
      options.onRows?.(at + size, counts);
    }
  }
  return options.readout === undefined ? scores : applyReadout(scores, options.readout, plan.outputs);
}

function rowsBetween({ data, shape }: Batch, from: number, to: number): Batch {
  const width = shape[1] as number;
  return createBatch(data.subarray(from * width, to * width), [to - from, width]);
}

async function loadPass({ plan, runtime, devices }: AnswerParts, rows: number, { through }: AnswerOptions): Promise<ForwardPass> {
  if (through === "device") return loadForwardPass(plan, rows, { runtime, devices, scores: true });
  const session = await runtime.load(encodeModel(twinGraph(plan, rows)));
  return {
    async run(parameters, { data, shape }) {
      const all: Record<string, Tensor> = {
        parameters: tensor("float32", [plan.parameters], parameters),
        values: tensor("float32", shape, data),
      };
      const made = await session.run(Object.fromEntries(session.inputs.map((name) => [name, all[name] as Tensor])));
      const scores = (made["scores"] as Tensor).data as Float32Array;
      return { measured: new Map(), scores, evaluations: 0, retries: 0 };
    },
    [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
  };
}

function applyReadout(scores: Float32Array, readout: Float32Array, classes: number): Float32Array {
  const mapped = new Float32Array(scores.length);
  for (let row = 0; row < scores.length; row += classes) {
    for (let k = 0; k < classes; k += 1) {
      let sum = readout[classes * classes + k] as number;
      for (let j = 0; j < classes; j += 1) sum += (scores[row + j] as number) * (readout[j * classes + k] as number);
      mapped[row + k] = sum;
    }
  }
  return mapped;
}
