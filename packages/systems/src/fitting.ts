import {
  adam,
  cosine,
  createBuilder,
  encodeModel,
  gradients,
  type Graph,
  type GraphBuilder,
  type GraphRuntime,
  type Tensor,
  tensor,
  type Value,
} from "@ohmwork/autograd";
import { createRandom, type Port, throwIfAborted } from "@ohmwork/core";
import type { FitSamples } from "./fit-samples.ts";
import type { FittedModel } from "./fitted-model.ts";
import { ridge } from "./ridge.ts";

/** Rows of one step. */
export const fitBatch = 64;
/** Steps between two looks at rows that are not fitted. */
const LOOK = 200;

/** How far a fit is: rows measured, then steps of the fit, of all. */
export type FitProgress = { readonly stage: "measures" | "fits"; readonly done: number; readonly all: number };

export type FitSteps = {
  readonly runtime: GraphRuntime;
  readonly seed: number;
  readonly steps?: number | undefined;
  readonly rate?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: FitProgress) => void) | undefined;
};

/** value = middle + reach × standardised value, channel by channel. */
export type Scale = { readonly middle: Float64Array; readonly reach: Float64Array };
export type Scales = { readonly inputs: Scale; readonly parameters: Scale; readonly outputs: Scale };
export type Weights = Readonly<Record<string, Float32Array>>;

export function windows(ports: readonly Port[]): Scale {
  const each = (value: (port: Port) => number): Float64Array =>
    Float64Array.from(ports.flatMap((port) => Array.from({ length: port.size }, () => value(port))));
  return { middle: each(({ min, max }) => (min + max) / 2), reach: each(({ min, max }) => (max - min) / 2) };
}

export function spread(values: Float32Array, width: number): Scale {
  const rows = values.length / width;
  const middle = new Float64Array(width);
  const reach = new Float64Array(width);
  for (const [i, value] of values.entries()) middle[i % width] = (middle[i % width] as number) + value / rows;
  for (const [i, value] of values.entries()) {
    reach[i % width] = (reach[i % width] as number) + (value - (middle[i % width] as number)) ** 2 / rows;
  }
  // An output that never moves stays at its middle.
  return { middle, reach: reach.map((variance) => (variance === 0 ? 1 : Math.sqrt(variance))) };
}

export function scaled(samples: FitSamples, scales: Scales): FitSamples {
  const scale = (values: Float32Array, { middle, reach }: Scale): Float32Array =>
    values.map((value, i) => (value - (middle[i % middle.length] as number)) / (reach[i % reach.length] as number));
  return {
    rows: samples.rows,
    inputs: scale(samples.inputs, scales.inputs),
    parameters: scale(samples.parameters, scales.parameters),
    outputs: scale(samples.outputs, scales.outputs),
  };
}

type Ends = { readonly inputs: Value; readonly parameters: Value | undefined; readonly outputs: Value };

/** Rows of the model with parameters row by row. */
function addRows(g: GraphBuilder, { shapes }: FittedModel): Ends {
  const input = (name: string, weight: string): Value =>
    g.input(name, "float32", ["rows", (shapes[weight] as readonly number[])[0] as number]);
  const outputs = (shapes["past"] as readonly number[])[1] as number;
  return {
    inputs: input("inputs", "past"),
    parameters: "past parameters" in shapes ? input("parameters", "past parameters") : undefined,
    outputs: g.input("outputs", "float32", ["rows", outputs]),
  };
}

function fitGraph(model: FittedModel): Graph {
  const g = createBuilder();
  const { inputs, parameters, outputs } = addRows(g, model);
  const [rate, step] = [g.input("rate", "float32", []), g.input("step", "float32", [])];
  const names = Object.keys(model.shapes);
  const state = (name: string): Value[] =>
    [name, `mean ${name}`, `square ${name}`].map((each) => g.input(each, "float32", model.shapes[name] as readonly number[]));
  const states = names.map(state);
  const weights = Object.fromEntries(names.map((name, i) => [name, (states[i] as Value[])[0] as Value]));
  const miss = g.sub(model.answer(g, weights, inputs, parameters), outputs);
  const slopes = gradients(g, { of: [g.reduceMean(g.mul(miss, miss))], by: Object.values(weights) });
  const next: Record<string, Value> = {};
  for (const [i, name] of names.entries()) {
    const [own, ...slots] = states[i] as [Value, ...Value[]];
    const moved = adam().update(g, { parameters: own, gradient: slopes[i] as Value, slots, rate, step });
    next[`next ${name}`] = moved.parameters;
    next[`next mean ${name}`] = moved.slots[0] as Value;
    next[`next square ${name}`] = moved.slots[1] as Value;
  }
  return g.build({ outputs: next });
}

/** Standardised inputs and parameters beyond which the linear way is not solved for: the work grows with their cube. */
const WIDEST = 1000;
const LAMBDA = 1e-3;

/** The linear way by ridge regression, and nothing from the layers: where a fit of a system begins that may be linear. */
export function linearStart(model: FittedModel, { rows, inputs, parameters, outputs }: FitSamples): Weights {
  const [n, p] = [inputs.length / rows, parameters.length / rows];
  if (n + p > WIDEST) return {};
  const both = new Float32Array(rows * (n + p));
  for (let row = 0; row < rows; row += 1) {
    both.set(inputs.subarray(row * n, (row + 1) * n), row * (n + p));
    both.set(parameters.subarray(row * p, (row + 1) * p), row * (n + p) + n);
  }
  const weights = ridge(both, outputs, rows, LAMBDA);
  const past = n * (outputs.length / rows);
  const last = Object.keys(model.shapes).findLast((name) => name.startsWith("layer ")) as string;
  const [from, to] = model.shapes[last] as [number, number];
  return {
    past: weights.slice(0, past),
    ...(p === 0 ? {} : { "past parameters": weights.slice(past) }),
    [last]: new Float32Array(from * to),
  };
}

/**
 * @param start weights to begin with in the place of drawn ones
 * @param judged rows by which the best of all looks is kept; without them the last step counts
 */
export async function fit(
  model: FittedModel,
  samples: FitSamples,
  options: FitSteps,
  { start, judged }: { readonly start?: Weights; readonly judged?: FitSamples } = {},
): Promise<Weights> {
  const { runtime, seed, steps = 4000, rate = 0.01, signal, onProgress } = options;
  const random = createRandom(seed, "the fit of a twin");
  const schedule = cosine({ steps });
  let state: Record<string, Tensor> = {};
  for (const [name, values] of Object.entries({ ...model.start(random), ...start })) {
    const shape = model.shapes[name] as readonly number[];
    state[name] = tensor("float32", shape, values);
    for (const slot of ["mean", "square"]) state[`${slot} ${name}`] = tensor("float32", shape, new Float32Array(values.length));
  }
  const names = Object.keys(model.shapes);
  const weightsOf = (of: typeof state): Weights =>
    Object.fromEntries(names.map((name) => [name, (of[name] as Tensor).data as Float32Array]));
  let best: { error: number; weights: Weights } | undefined;
  await using session = await runtime.load(encodeModel(fitGraph(model)));
  if (judged !== undefined) best = { error: await judge(model, weightsOf(state), judged, runtime), weights: weightsOf(state) };
  for (let step = 1; step <= steps; step += 1) {
    throwIfAborted(signal, "Fitting a twin");
    const chosen = Uint32Array.from({ length: fitBatch }, () => random.below(samples.rows));
    const next = await session.run({
      ...rowsFeed(samples, chosen),
      ...state,
      rate: tensor("float32", [], [rate * schedule(step - 1)]),
      step: tensor("float32", [], [step]),
    });
    state = Object.fromEntries(Object.keys(state).map((name) => [name, next[`next ${name}`] as Tensor]));
    if (step % LOOK === 0 || step === steps) onProgress?.({ stage: "fits", done: step, all: steps });
    if (judged === undefined || (step % LOOK !== 0 && step !== steps)) continue;
    const error = await judge(model, weightsOf(state), judged, runtime);
    if (best === undefined || error < best.error) best = { error, weights: weightsOf(state) };
  }
  return best?.weights ?? weightsOf(state);
}

function rowsFeed(samples: FitSamples, chosen: Uint32Array): Record<string, Tensor> {
  const feed = (values: Float32Array): Tensor => {
    const width = values.length / samples.rows;
    const taken = new Float32Array(chosen.length * width);
    for (const [k, row] of chosen.entries()) taken.set(values.subarray(row * width, (row + 1) * width), k * width);
    return tensor("float32", [chosen.length, width], taken);
  };
  const { inputs, parameters, outputs } = samples;
  return { inputs: feed(inputs), outputs: feed(outputs), ...(parameters.length > 0 && { parameters: feed(parameters) }) };
}

const constants = (g: GraphBuilder, model: FittedModel, weights: Weights): Record<string, Value> =>
  Object.fromEntries(
    Object.entries(weights).map(([name, values]) => [
      name,
      g.constant(tensor("float32", model.shapes[name] as readonly number[], values)),
    ]),
  );

export async function judge(model: FittedModel, weights: Weights, unseen: FitSamples, runtime: GraphRuntime): Promise<number> {
  const g = createBuilder();
  const { inputs, parameters, outputs } = addRows(g, model);
  const miss = g.sub(model.answer(g, constants(g, model, weights), inputs, parameters), outputs);
  const spreadThere = g.sub(outputs, g.reduceMean(outputs, [0], true));
  const ratio = g.div(g.reduceSum(g.mul(miss, miss)), g.reduceSum(g.mul(spreadThere, spreadThere)));
  await using session = await runtime.load(encodeModel(g.build({ outputs: { error: g.sqrt(ratio) } })));
  const { error } = await session.run(
    rowsFeed(
      unseen,
      Uint32Array.from({ length: unseen.rows }, (_, i) => i),
    ),
  );
  return Number(error?.data[0]);
}

export function twinGraph(model: FittedModel, weights: Weights, scales: Scales, stage: string): Graph {
  const g = createBuilder();
  const vector = (values: Float64Array): Value => g.constant(tensor("float32", [values.length], values));
  const standard = (value: Value, { middle, reach }: Scale): Value => g.div(g.sub(value, vector(middle)), vector(reach));
  const inputs = standard(g.input("inputs", "float32", ["rows", scales.inputs.middle.length]), scales.inputs);
  const p = scales.parameters.middle.length;
  const parameters = p === 0 ? undefined : standard(g.input("parameters", "float32", [p]), scales.parameters);
  const answer = model.answer(g, constants(g, model, weights), inputs, parameters);
  return g.build({ outputs: { [stage]: g.add(g.mul(answer, vector(scales.outputs.reach)), vector(scales.outputs.middle)) } });
}
