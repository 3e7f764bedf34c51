import { encodeModel, type GraphRuntime, type Tensor, tensor } from "@ohmwork/autograd";
import { addNormals, type Batch, type Random } from "@ohmwork/core";
import type { Plan } from "../network/plan.ts";
import { stepGraph, type StepOptions } from "../network/step-graph.ts";
import { oneHot } from "./one-hot.ts";

/** Where training stands before or behind a step. */
type StepState = { readonly parameters: Float32Array; readonly slots: readonly Float32Array[] };

type StepInput = {
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

export type StepResult = StepState & {
  readonly loss: number;
  /** Length of the gradient before it was shortened. */
  readonly norm: number;
  /** [rows × classes] */
  readonly scores: Float32Array;
};

/** Steps of training that follow the last measurement, as one run of one graph. */
export type TrainingStep = AsyncDisposable & {
  /** Steps that a run takes. */
  readonly steps: number;
  /** @returns what each step gave; the state is in all of them that behind the last */
  readonly run: (from: StepState, inputs: readonly StepInput[]) => Promise<readonly StepResult[]>;
};

/** @throws RangeError for several steps in a row with noise, and from `run` when it is given another number of steps */
export async function loadTrainingStep(plan: Plan, runtime: GraphRuntime, options: StepOptions): Promise<TrainingStep> {
  const graph = stepGraph(plan, options);
  const { optimiser, steps = 1 } = options;
  if (steps > 1 && options.noise !== undefined) throw new RangeError("Steps in a row are taken without noise");
  const noises = graph.inputs.filter(({ name }) => / noise \d+$/.test(name));
  const session = await runtime.load(encodeModel(graph));
  const named = (name: string, at: number): string => (steps === 1 ? name : `${name} ${at}`);
  return {
    steps,
    async run({ parameters, slots }, inputs) {
      if (inputs.length !== steps) throw new RangeError(`Run of ${steps} steps was given ${inputs.length}`);
      const vector = (values: Float32Array): Tensor => tensor("float32", [plan.parameters], values);
      const feeds: Record<string, Tensor> = { parameters: vector(parameters) };
      for (const [index, name] of optimiser.slots.entries()) feeds[`slot ${name}`] = vector(slots[index] as Float32Array);
      for (const [at, input] of inputs.entries()) {
        const own: Record<string, Tensor> = {
          rate: tensor("float32", [], [input.rate]),
          step: tensor("float32", [], [input.step]),
          values: tensor("float32", input.inputs.shape, input.inputs.data),
          targets: oneHot(input.labels, plan.outputs),
        };
        for (const [layer, { data, shape }] of input.measured ?? []) own[`measured ${layer}`] = tensor("float32", shape, data);
        for (const [name, value] of Object.entries(own)) feeds[named(name, at)] = value;
        for (const { name, shape } of noises) feeds[name] = normals(shape as readonly number[], input.noise as Random);
      }
      const made = await session.run(feeds);
      const numbers = (name: string): Float32Array => (made[name] as Tensor).data as Float32Array;
      const next = {
        parameters: numbers("next parameters"),
        slots: optimiser.slots.map((name) => numbers(`next slot ${name}`)),
      };
      return inputs.map((_, at) => ({
        ...next,
        loss: numbers(named("loss", at))[0] as number,
        norm: numbers(named("norm", at))[0] as number,
        scores: numbers(named("scores", at)),
      }));
    },
    [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
  };
}

function normals(shape: readonly number[], random: Random): Tensor {
  const data = new Float32Array(shape.reduce((size, length) => size * length, 1));
  addNormals(data, 1, random);
  return { type: "float32", shape, data };
}
