import { encodeModel, type GraphRuntime, type GraphSession, type Optimiser, type Tensor, tensor } from "@ohmwork/autograd";
import { type Batch, createRandom } from "@ohmwork/core";
import type { Plan } from "../network/plan.ts";
import { stepGraph, type StepOptions } from "../network/step-graph.ts";

export type StepInput = {
  readonly parameters: Float32Array;
  readonly slots: readonly Float32Array[];
  readonly rate: number;
  /** Counted from 1. */
  readonly step: number;
  readonly inputs: Batch;
  readonly labels: ArrayLike<number>;
  /** What was measured behind each physical layer, by its index; absent in silico. */
  readonly measured?: ReadonlyMap<number, Batch>;
  /** Seed of the twin's noise in silico. */
  readonly noiseSeed: number;
};

export type StepResult = {
  readonly loss: number;
  /** Length of the gradient before it was shortened. */
  readonly norm: number;
  /** [rows × classes] */
  readonly scores: Float32Array;
  readonly parameters: Float32Array;
  readonly slots: readonly Float32Array[];
};

/** One step of training that follows the last measurement, as one run of one graph. */
export type TrainingStep = AsyncDisposable & { readonly run: (input: StepInput) => Promise<StepResult> };

export async function loadTrainingStep(plan: Plan, runtime: GraphRuntime, options: StepOptions): Promise<TrainingStep> {
  const session = await runtime.load(encodeModel(stepGraph(plan, options)));
  const { optimiser, rows } = options;
  return {
    async run(input) {
      const vector = (values: Float32Array): Tensor => tensor("float32", [plan.parameters], values);
      const feeds: Record<string, Tensor> = {
        parameters: vector(input.parameters),
        rate: tensor("float32", [], [input.rate]),
        step: tensor("float32", [], [input.step]),
        values: tensor("float32", input.inputs.shape, input.inputs.data),
        targets: oneHot(input.labels, plan.outputs),
      };
      for (const [index, name] of optimiser.slots.entries()) feeds[`slot ${name}`] = vector(input.slots[index] as Float32Array);
      for (const [layer, { data, shape }] of input.measured ?? []) feeds[`measured ${layer}`] = tensor("float32", shape, data);
      if (options.noise !== undefined)
        addNoise(feeds, plan, rows, createRandom(input.noiseSeed, `twin noise of step ${input.step}`).normal);
      return resultOf(await session.run(known(session, feeds)), optimiser);
    },
    [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
  };
}

function resultOf(made: Record<string, Tensor>, optimiser: Optimiser): StepResult {
  const numbers = (name: string): Float32Array => (made[name] as Tensor).data as Float32Array;
  return {
    loss: numbers("loss")[0] as number,
    norm: numbers("norm")[0] as number,
    scores: numbers("scores"),
    parameters: numbers("next parameters"),
    slots: optimiser.slots.map((name) => numbers(`next slot ${name}`)),
  };
}

/** A value that the simplified graph does not need is not an input of it any more. */
function known(session: GraphSession, feeds: Record<string, Tensor>): Record<string, Tensor> {
  return Object.fromEntries(session.inputs.map((name) => [name, feeds[name] as Tensor]));
}

function oneHot(labels: ArrayLike<number>, classes: number): Tensor {
  const data = new Float32Array(labels.length * classes);
  for (let row = 0; row < labels.length; row += 1) data[row * classes + (labels[row] as number)] = 1;
  return { type: "float32", shape: [labels.length, classes], data };
}

function addNoise(feeds: Record<string, Tensor>, plan: Plan, rows: number, normal: () => number): void {
  let width = plan.inputs;
  for (const layer of plan.layers) {
    if (layer.kind === "physical") {
      const count = rows * layer.factor;
      for (const [where, size] of [
        ["input", width],
        ["output", layer.width],
      ] as const) {
        const data = new Float32Array(count * size);
        for (let i = 0; i < data.length; i += 1) data[i] = normal();
        feeds[`${where} noise ${layer.index}`] = { type: "float32", shape: [count, size], data };
      }
    }
    width = layer.width;
  }
}
