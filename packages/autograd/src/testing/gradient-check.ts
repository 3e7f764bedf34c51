import { createRandom } from "@ohmwork/core";
import { createBuilder, type GraphBuilder } from "../builder.ts";
import { GraphError } from "../graph-error.ts";
import type { Value } from "../graph.ts";
import { gradients } from "../gradients.ts";
import { encodeModel } from "../onnx/encode-model.ts";
import { isFloat, numbersOf, sizeOf, tensor, type Tensor } from "../tensor.ts";
import { centralDifferences, type Precision } from "./central-differences.ts";
import type { CaseInput, GradientCase } from "./gradient-case.ts";
import { testRuntime } from "./test-runtime.ts";

// With the five-point formula the error of double precision is near 1e-11 and that of single precision near 1e-5, for functions
// whose derivatives are near 1; the tolerances leave room for those that are steeper.
const double: Precision = { type: "float64", step: 1e-3, tolerance: 1e-7 };
const single: Precision = { type: "float32", step: 2e-2, tolerance: 2e-3 };

/** Operators that the runtime was found not to have in double precision, or whose gradient has one it does not have. */
const singleOnly: Set<string> = new Set();

/**
 * Compares the gradients of one operation, as the rules give them, with central differences of what ONNX Runtime makes of it:
 * those of the operation by each of its floating inputs, and those of these gradients by inputs and cotangents. The point must
 * be further than two steps from kinks. Runs in double precision where the runtime has it.
 *
 * @returns the precision it ran in
 * @throws Error that tells the entry which differs
 */
export async function checkGradient(drawn: GradientCase): Promise<Precision["type"]> {
  if (!singleOnly.has(drawn.op) && drawn.isSingle !== true) {
    try {
      await checkIn(double, drawn);
      return double.type;
    } catch (error) {
      if (!(error instanceof GraphError) || !/Could not find an implementation|Type Error/.test(error.message)) throw error;
      singleOnly.add(drawn.op);
    }
  }
  await checkIn(single, drawn);
  return single.type;
}

async function checkIn(precision: Precision, drawn: GradientCase): Promise<void> {
  const random = createRandom(drawn.inputs.length + sizeOf(drawn.inputs[0]?.shape ?? []), "cotangents");
  const builder = createBuilder();
  const feeds: Record<string, Tensor> = {};
  const inputs = drawn.inputs.map((input, index) => input && declare(builder, feeds, precision, drawn, input, `x${index}`));
  const outputs = builder.apply(drawn.op, inputs, drawn.attributes, { outputs: drawn.outputs ?? 1 });
  const by = inputs.filter((x): x is Value => x !== undefined && feeds[x.name] !== undefined && isFloat(x.type));
  const of = outputs.filter((output) => isFloat(output.type));

  function give(name: string, like: Value, found: Tensor | undefined): Value {
    const shape = found?.shape ?? [];
    const values = Array.from({ length: sizeOf(shape) }, () => 2 * random.uniform() - 1);
    feeds[name] = tensor(like.type, shape, values);
    return builder.input(name, like.type, like.shape ?? shape);
  }

  await using forward = await compile(builder, of, "y");
  const results = await forward.run(feeds);
  for (const [index, value] of of.entries()) agreeInShape(`Output ${index} of ${drawn.op}`, value, results[index]);
  const cotangents = of.map((value, index) => give(`cotangent${index}`, value, results[index]));
  const first = gradients(builder, { of, by, cotangents });
  const flowing = by.flatMap((value, index) => (first[index] === undefined ? [] : [{ value, gradient: first[index] }]));
  const probes = flowing.map(({ value, gradient }, index) => give(`probe${index}`, gradient, feeds[value.name]));
  const isTwice = drawn.isSmooth !== false && flowing.length > 0;
  const parameters = [...by, ...(isTwice ? cotangents : [])];

  await using once = await compile(builder, [...of, ...flowing.map(({ gradient }) => gradient)], "once");
  const found = (await once.run(feeds)).slice(of.length);
  const differences = await centralDifferences(
    feeds,
    parameters.map((value) => value.name),
    precision,
    async (at) => {
      const made = await once.run(at);
      return [dot(made.slice(0, of.length), cotangents, at), dot(made.slice(of.length), probes, at)];
    },
  );
  for (const [index, { value, gradient }] of flowing.entries()) {
    agreeInShape(`Gradient of ${drawn.op} by ${value.name}`, { ...gradient, shape: feeds[value.name]?.shape }, found[index]);
    agreeInShape(`Gradient of ${drawn.op} by ${value.name}`, gradient, found[index]);
  }
  for (const value of by) {
    const made = found[flowing.findIndex((entry) => entry.value === value)];
    agree(`Gradient of ${drawn.op} by ${value.name}`, made, differences.get(value.name)?.[0] ?? [], precision);
  }
  if (!isTwice) return;

  const second = gradients(builder, { of: flowing.map(({ gradient }) => gradient), by: parameters, cotangents: probes });
  const wanted = second.filter((value) => value !== undefined);
  await using twice = await compile(builder, wanted, "twice");
  const made = wanted.length === 0 ? [] : await twice.run(feeds);
  for (const [index, value] of parameters.entries()) {
    const at = wanted.indexOf(second[index] as Value);
    agree(`Second derivative of ${drawn.op} by ${value.name}`, made[at], differences.get(value.name)?.[1] ?? [], precision);
  }
}

function declare(
  builder: GraphBuilder,
  feeds: Record<string, Tensor>,
  precision: Precision,
  drawn: GradientCase,
  { shape, values, type = precision.type, isConstant = false, isSized = false }: CaseInput,
  name: string,
): Value {
  const given = tensor(type, shape, values);
  if (isConstant) return builder.constant(given);
  feeds[name] = given;
  return builder.input(name, type, drawn.isOpen === true && !isSized ? shape.map((_, axis) => `${name}_${axis}`) : shape);
}

type Program = AsyncDisposable & { readonly run: (feeds: Record<string, Tensor>) => Promise<readonly (Tensor | undefined)[]> };

async function compile(builder: GraphBuilder, values: readonly Value[], prefix: string): Promise<Program> {
  const names = values.map((_, index) => `${prefix}${index}`);
  const outputs = Object.fromEntries(values.map((value, index) => [`${prefix}${index}`, value] as const));
  if (values.length === 0) return { run: () => Promise.resolve([]), [Symbol.asyncDispose]: () => Promise.resolve() };
  const session = await testRuntime.load(encodeModel(builder.build({ outputs })));
  return {
    run: async (feeds) => {
      const made = await session.run(feeds);
      return names.map((name) => made[name]);
    },
    [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
  };
}

function dot(made: readonly (Tensor | undefined)[], weights: readonly Value[], feeds: Record<string, Tensor>): number {
  let sum = 0;
  for (const [index, value] of made.entries()) {
    const weight = feeds[weights[index]?.name ?? ""];
    if (value === undefined || weight === undefined) continue;
    for (const [at, number] of numbersOf(value).entries()) sum += number * Number(weight.data[at]);
  }
  return sum;
}

function agreeInShape(what: string, declared: Value, made: Tensor | undefined): void {
  const { shape } = declared;
  if (shape === undefined || made === undefined) return;
  const isSame =
    shape.length === made.shape.length && shape.every((size, axis) => typeof size === "string" || size === made.shape[axis]);
  if (!isSame) throw new Error(`${what} has shape [${made.shape.join(", ")}]: [${shape.join(", ")}] expected`);
}

function agree(what: string, made: Tensor | undefined, expected: readonly number[], { type, tolerance }: Precision): void {
  const numbers = made === undefined ? expected.map(() => 0) : numbersOf(made);
  const scale = Math.max(1, ...expected.map(Math.abs));
  for (const [index, number] of numbers.entries()) {
    const difference = Math.abs(number - (expected[index] ?? Number.NaN));
    if (difference <= tolerance * scale) continue;
    throw new Error(
      `${what} differs in entry ${index}: ${number} by the rule, ${expected[index]} by differences in ${type} (rule [${numbers.join(", ")}], differences [${expected.join(", ")}])`,
    );
  }
}
