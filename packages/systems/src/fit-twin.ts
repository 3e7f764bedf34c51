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
import { createRandom, type PhysicalSystem, type Port, throwIfAborted, widthOf } from "@ohmwork/core";
import { type FitSamples, measureSamples } from "./fit-samples.ts";
import { createFittedModel, type FittedModel } from "./fitted-model.ts";
import { createTwin, type Twin } from "./twin.ts";

export type FitTwinOptions = {
  readonly runtime: GraphRuntime;
  /** Draws what is measured, the start of the fit and its batches. */
  readonly seed: number;
  /** Rows that are measured to fit; a quarter more judge it. @default 2000 */
  readonly rows?: number;
  /** Rows at each draw of the parameters: more are cheaper where programming is slow, fewer see more settings. @default 8 */
  readonly rowsPerSetting?: number;
  /** Widths of the layers of tanh. @default [64, 64] */
  readonly hidden?: readonly number[];
  /** Steps of Adam, on 64 rows each. @default 4000 */
  readonly steps?: number;
  /** Step size at the start of its cosine. @default 0.01 */
  readonly rate?: number;
  readonly signal?: AbortSignal;
};

export type FittedTwin = {
  readonly twin: Twin;
  /** Root mean square error of the twin over rows it has not seen, per deviation of the outputs there: 0 is perfect, 1 is no better than their mean. */
  readonly error: number;
  /** Rows that were measured in all. */
  readonly measured: number;
};

const batch = 64;

/**
 * A twin of a system of which nothing is known: it is measured at random inputs and parameters of its windows, and a small
 * network is fitted to what it answered. The parameters of the system are others afterwards; a self-learning one is not asked to learn.
 *
 * @throws RangeError when fewer rows are asked for than a batch has
 * @throws AbortedError when the signal fires
 */
export async function fitTwin(system: PhysicalSystem, options: FitTwinOptions): Promise<FittedTwin> {
  const { runtime, seed, rows = 2000, rowsPerSetting = 8, hidden = [64, 64], signal } = options;
  if (!Number.isInteger(rows) || rows < batch)
    throw new RangeError(`Rows to fit a twin to must be a whole number of ${batch} or more: ${rows}`);
  const { inputs, parameters, outputs } = system.ports;
  const model = createFittedModel({
    inputs: widthOf(inputs),
    parameters: widthOf(parameters),
    outputs: widthOf(outputs),
    hidden,
  });
  const random = createRandom(seed, "what a twin is fitted to");
  const seen = await measureSamples(system, rows, random, { rowsPerSetting, signal });
  const unseen = await measureSamples(system, Math.ceil(rows / 4), random, { rowsPerSetting, signal });
  const scales: Scales = {
    inputs: windows(inputs),
    parameters: windows(parameters),
    outputs: spread(seen.outputs, widthOf(outputs)),
  };
  const weights = await fit(model, scaled(seen, scales), options);

  const stage = system.stages.at(-1)?.name as string;
  const twin = await createTwin(encodeModel(twinGraph(model, weights, scales, stage)), stage);
  const error = await judge(model, weights, scaled(unseen, scales), runtime);
  return { twin, error, measured: seen.rows + unseen.rows };
}

/** value = middle + reach × standardised value, channel by channel. */
type Scale = { readonly middle: Float64Array; readonly reach: Float64Array };
type Scales = { readonly inputs: Scale; readonly parameters: Scale; readonly outputs: Scale };
type Weights = Readonly<Record<string, Float32Array>>;

function windows(ports: readonly Port[]): Scale {
  const each = (value: (port: Port) => number): Float64Array =>
    Float64Array.from(ports.flatMap((port) => Array.from({ length: port.size }, () => value(port))));
  return { middle: each(({ min, max }) => (min + max) / 2), reach: each(({ min, max }) => (max - min) / 2) };
}

function spread(values: Float32Array, width: number): Scale {
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

function scaled(samples: FitSamples, scales: Scales): FitSamples {
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

async function fit(model: FittedModel, samples: FitSamples, options: FitTwinOptions): Promise<Weights> {
  const { runtime, seed, steps = 4000, rate = 0.01, signal } = options;
  const random = createRandom(seed, "the fit of a twin");
  const schedule = cosine({ steps });
  let state: Record<string, Tensor> = {};
  for (const [name, values] of Object.entries(model.start(random))) {
    const shape = model.shapes[name] as readonly number[];
    state[name] = tensor("float32", shape, values);
    for (const slot of ["mean", "square"]) state[`${slot} ${name}`] = tensor("float32", shape, new Float32Array(values.length));
  }
  await using session = await runtime.load(encodeModel(fitGraph(model)));
  for (let step = 1; step <= steps; step += 1) {
    throwIfAborted(signal, "Fitting a twin");
    const chosen = Uint32Array.from({ length: batch }, () => random.below(samples.rows));
    const next = await session.run({
      ...rowsFeed(samples, chosen),
      ...state,
      rate: tensor("float32", [], [rate * schedule(step - 1)]),
      step: tensor("float32", [], [step]),
    });
    state = Object.fromEntries(Object.keys(state).map((name) => [name, next[`next ${name}`] as Tensor]));
  }
  return Object.fromEntries(Object.keys(model.shapes).map((name) => [name, (state[name] as Tensor).data as Float32Array]));
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

async function judge(model: FittedModel, weights: Weights, unseen: FitSamples, runtime: GraphRuntime): Promise<number> {
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

function twinGraph(model: FittedModel, weights: Weights, scales: Scales, stage: string): Graph {
  const g = createBuilder();
  const vector = (values: Float64Array): Value => g.constant(tensor("float32", [values.length], values));
  const standard = (value: Value, { middle, reach }: Scale): Value => g.div(g.sub(value, vector(middle)), vector(reach));
  const inputs = standard(g.input("inputs", "float32", ["rows", scales.inputs.middle.length]), scales.inputs);
  const p = scales.parameters.middle.length;
  const parameters = p === 0 ? undefined : standard(g.input("parameters", "float32", [p]), scales.parameters);
  const answer = model.answer(g, constants(g, model, weights), inputs, parameters);
  return g.build({ outputs: { [stage]: g.add(g.mul(answer, vector(scales.outputs.reach)), vector(scales.outputs.middle)) } });
}
