import { createRandom, type Random } from "@ohmwork/core";
import { differentiate } from "../differentiate.ts";
import type { Graph } from "../graph.ts";
import { encodeModel } from "../onnx/encode-model.ts";
import type { GraphSession } from "../runtime.ts";
import { isFloat, numbersOf, sizeOf, tensor, type FloatType, type Tensor } from "../tensor.ts";
import { testRuntime } from "./test-runtime.ts";

export type DirectionalResult =
  | { readonly kind: "agrees" }
  /** The output changes with none of the inputs. */
  | { readonly kind: "flat" }
  /** No point was found near the given one at which the differences of two steps agree. */
  | { readonly kind: "rough" }
  | { readonly kind: "differs"; readonly message: string };

type Settings = { readonly step: number; readonly rounding: number; readonly tolerance: number };

const settings: Readonly<Record<FloatType, Settings>> = {
  float64: { step: 1e-4, rounding: 2 ** -53, tolerance: 1e-6 },
  float32: { step: 2e-2, rounding: 2 ** -24, tolerance: 1e-2 },
  float16: { step: 0.25, rounding: 2 ** -11, tolerance: 5e-2 },
};

/** How many points and directions are tried at most, and how many of them must do. */
const attempts = 20;
const directions = 3;
/** Entries of each input that move at once: so few that kinks between are seldom, and seen. */
const moving = 4;

type Feeds = Readonly<Record<string, Tensor>>;

/**
 * Compares the vector-Jacobian product of one output of a graph by all its floating inputs with central differences along random
 * directions, at random points within 0.05 of the given inputs. Where the differences of one step and of half of it are not the
 * same there is a kink near, and another point is tried.
 *
 * @throws GraphError when the graph cannot be differentiated or run
 */
export async function checkDirections(graph: Graph, of: string, given: Feeds): Promise<DirectionalResult> {
  const by = dependents(graph, of);
  if (by.length === 0) return { kind: "flat" };
  const type = graph.outputs.find((output) => output.name === of)?.type as FloatType;
  const { step, rounding, tolerance } = lowest([type, ...by.map((name) => given[name]?.type as FloatType)]);
  await using session = await testRuntime.load(encodeModel(differentiate(graph, { of, by, vjp: true })));
  await using plain = await testRuntime.load(encodeModel(graph));
  const random = createRandom(sizeOf(given[by[0] as string]?.shape ?? []), of);
  const shape = (await plain.run(given, [of]))[of]?.shape ?? [];
  const uniform = (size: number): number[] => Array.from({ length: size }, () => 2 * random.uniform() - 1);
  let agreed = 0;
  for (let attempt = 0; attempt < attempts && agreed < directions; attempt += 1) {
    const near = Object.fromEntries(by.map((name) => [name, uniform(given[name]?.data.length ?? 0)]));
    const drawn = shifted(given, near, 0.05);
    // Roots and logarithms are only there for what is positive.
    const point = attempt < attempts / 2 ? drawn : positive(drawn, by);
    const towards = Object.fromEntries(by.map((name) => [name, sparse(random, given[name]?.data.length ?? 0)]));
    const cotangent = tensor(type, shape, uniform(sizeOf(shape)));
    const found = await session.run({ ...point, [`cotangent_${of}`]: cotangent });
    const parts = by.flatMap((name) => products(numbersOf(found[`grad_${name}`] as Tensor), towards[name] ?? []));
    // Where the rules give no number, the differences must give none either.
    const scale = Math.max(1, norm(parts) || 0);
    let isClear = true;
    const along = async (h: number): Promise<number> => {
      const [right, left] = [
        await weighed(plain, of, shifted(point, towards, h), cotangent),
        await weighed(plain, of, shifted(point, towards, -h), cotangent),
      ];
      // Roundings of single entries are independent, a few units in the last place each.
      isClear &&= (4 * rounding * norm(right)) / h <= tolerance * scale;
      return (sum(right) - sum(left)) / (2 * h);
    };
    const [coarse, fine] = [await along(step), await along(step / 2)];
    if (!isClear || !(Math.abs(coarse - fine) <= (tolerance * scale) / 2)) continue;
    // One step of Richardson's takes the error from h² to h⁴.
    const [slope, expected] = [sum(parts), (4 * fine - coarse) / 3];
    if (!(Math.abs(slope - expected) <= tolerance * scale)) {
      return { kind: "differs", message: `${of} by ${by.join(", ")}: ${slope} by the rules, ${expected} by differences` };
    }
    agreed += 1;
  }
  return { kind: agreed < directions ? "rough" : "agrees" };
}

function lowest(types: readonly FloatType[]): Settings {
  return settings[(["float16", "float32"] as const).find((type) => types.includes(type)) ?? "float64"];
}

/** The floating inputs that a gradient reaches. */
function dependents(graph: Graph, of: string): string[] {
  return graph.inputs
    .filter((input) => isFloat(input.type))
    .map((input) => input.name)
    .filter((name) => {
      try {
        differentiate(graph, { of, by: [name], vjp: true });
        return true;
      } catch (error) {
        if (/does not depend on/.test((error as Error).message)) return false;
        throw error;
      }
    });
}

function sparse(random: Random, size: number): number[] {
  const direction = Array.from({ length: size }, () => 0);
  for (let i = 0; i < Math.min(moving, size); i += 1) direction[random.below(size)] = 2 * random.uniform() - 1;
  return direction;
}

function shifted(point: Feeds, towards: Readonly<Record<string, readonly number[]>>, by: number): Feeds {
  const made: Record<string, Tensor> = { ...point };
  for (const [name, direction] of Object.entries(towards)) {
    const from = point[name] as Tensor;
    const numbers = numbersOf(from).map((number, index) => number + by * (direction[index] as number));
    made[name] = tensor(from.type, from.shape, numbers);
  }
  return made;
}

function positive(point: Feeds, names: readonly string[]): Feeds {
  const made: Record<string, Tensor> = { ...point };
  for (const name of names) {
    const from = point[name] as Tensor;
    made[name] = tensor(from.type, from.shape, numbersOf(from).map(Math.abs));
  }
  return made;
}

/** Entries of the output, each times its cotangent. */
async function weighed(session: GraphSession, of: string, feeds: Feeds, cotangent: Tensor): Promise<number[]> {
  const made = await session.run(feeds, [of]);
  return products(numbersOf(made[of] as Tensor), numbersOf(cotangent));
}

function products(a: readonly number[], b: readonly number[]): number[] {
  return a.map((number, index) => number * (b[index] as number));
}

function norm(numbers: readonly number[]): number {
  return Math.sqrt(numbers.reduce((total, number) => total + number * number, 0));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
