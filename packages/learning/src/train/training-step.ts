import { encodeModel, type GraphRuntime, type Optimiser, type Tensor, tensor } from "@ohmwork/autograd";
import { addNormals, type Batch, type Random } from "@ohmwork/core";
import type { Plan } from "../network/plan.ts";
import { stepGraph, type StepOptions } from "../network/step-graph.ts";
import { oneHot } from "./one-hot.ts";

type StepInput = {
  readonly parameters: Float32Array;
  readonly slots: readonly Float32Array[];
  readonly rate: number;
  /** Counted from 1. */
  readonly step: number;
  readonly inputs: Batch;
  readonly labels: ArrayLike<number>;
  /** What was measured behind each physical layer, by its index; absent in silico. */
  readonly measured?: ReadonlyMap<number, Batch>;
  /** Where the twin's noise comes from in silico. */
  readonly noise?: Random;
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
  const graph = stepGraph(plan, options);
  const noises = graph.inputs.filter(({ name }) => / noise \d+$/.test(name));
  const session = await runtime.load(encodeModel(graph));
  const { optimiser } = options;
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
      for (const { name, shape } of noises) feeds[name] = normals(shape as readonly number[], input.noise as Random);
      return resultOf(await session.run(feeds), optimiser);
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

function normals(shape: readonly number[], random: Random): Tensor {
  const data = new Float32Array(shape.reduce((size, length) => size * length, 1));
  addNormals(data, 1, random);
  return { type: "float32", shape, data };
}
