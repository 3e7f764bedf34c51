import { encodeModel, type GraphRuntime, tensor, type Tensor } from "@ohmwork/autograd";
import { type Batch, type PhysicalSystem, takeRows } from "@ohmwork/core";
import type { Plan } from "../network/plan.ts";
import { twinGraph } from "../network/stretch-graphs.ts";
import { loadForwardPass, type Programmed } from "./forward-pass.ts";

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
  readonly programmed?: Programmed;
  readonly signal?: AbortSignal;
  /** Told after each part. */
  readonly onRows?: (done: number) => void;
};

/** Scores [rows × classes] of a network for inputs [rows, width]. */
export async function answers(
  parts: AnswerParts,
  parameters: Float32Array,
  inputs: Batch,
  options: AnswerOptions,
): Promise<Float32Array> {
  const { plan, runtime } = parts;
  const rows = inputs.shape[0] as number;
  const scores = new Float32Array(rows * plan.outputs);
  const programmed = options.programmed ?? new Map();
  let loaded:
    | { rows: number; run: (batch: Batch, at: number) => Promise<Float32Array>; dispose: () => PromiseLike<void> }
    | undefined;
  try {
    for (let at = 0; at < rows; at += ROWS) {
      const count = Math.min(ROWS, rows - at);
      if (loaded?.rows !== count) {
        await loaded?.dispose();
        loaded = { rows: count, ...(await load(count)) };
      }
      const batch = takeRows(
        inputs,
        Uint32Array.from({ length: count }, (_, row) => at + row),
      );
      scores.set(await loaded.run(batch, at), at * plan.outputs);
      options.onRows?.(at + count);
    }
  } finally {
    await loaded?.dispose();
  }
  return options.readout === undefined ? scores : applyReadout(scores, options.readout, plan.outputs);

  async function load(count: number): Promise<Omit<NonNullable<typeof loaded>, "rows">> {
    if (options.through === "device") {
      const pass = await loadForwardPass(plan, count, { ...parts, programmed });
      return {
        run: async (batch, at) => (await pass.run(parameters, batch, `${options.id ?? "answers"}/${at}`, options.signal)).scores,
        dispose: () => pass[Symbol.asyncDispose](),
      };
    }
    const session = await runtime.load(encodeModel(twinGraph(plan, count)));
    const feeds = { parameters: tensor("float32", [plan.parameters], parameters) };
    return {
      async run({ data, shape }) {
        const all: Record<string, Tensor> = { ...feeds, values: tensor("float32", shape, data) };
        const made = await session.run(Object.fromEntries(session.inputs.map((name) => [name, all[name] as Tensor])));
        return (made["scores"] as Tensor).data as Float32Array;
      },
      dispose: () => session[Symbol.asyncDispose](),
    };
  }
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
