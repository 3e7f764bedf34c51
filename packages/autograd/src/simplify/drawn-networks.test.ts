import fc from "fast-check";
import { expect, it } from "vitest";
import { createBuilder, type GraphBuilder } from "../builder.ts";
import { gradients } from "../gradients.ts";
import { GraphError } from "../graph-error.ts";
import { type Graph, int, ints, type Shape, type Value } from "../graph.ts";
import { encodeModel } from "../onnx/encode-model.ts";
import { numbersOf, type Tensor, tensor } from "../tensor.ts";
import { floats, seeds } from "../testing/case-draws.ts";
import { testRuntime } from "../testing/test-runtime.ts";
import { simplify } from "./simplify.ts";

type Layer = {
  readonly op: "Conv" | "ConvTranspose" | "MaxPool" | "Relu" | "turn" | "skip";
  readonly filters: number;
  readonly kernel: readonly number[];
  readonly stride: number;
  readonly dilation: number;
  readonly pads: readonly [begin: number, end: number];
  /** Of a pooling, that no two of its windows overlap; of a convolution, that it has a group for each channel. */
  readonly apart: boolean;
  readonly biased: boolean;
};

const side = fc.integer({ min: 1, max: 3 });
const layers: fc.Arbitrary<Layer> = fc.record({
  op: fc.constantFrom("Conv", "Conv", "ConvTranspose", "MaxPool", "MaxPool", "Relu", "turn", "skip"),
  filters: fc.constantFrom(1, 2, 3, 16),
  kernel: fc.tuple(side, side),
  stride: fc.integer({ min: 1, max: 2 }),
  dilation: fc.integer({ min: 1, max: 2 }),
  pads: fc.tuple(fc.nat(1), fc.nat(1)),
  apart: fc.boolean(),
  biased: fc.boolean(),
});
const networks = fc.record({
  rows: fc.constantFrom(31, 32, 34, "rows"),
  channels: fc.integer({ min: 1, max: 3 }),
  sizes: fc.constantFrom([7], [6, 7]),
  stack: fc.array(layers, { minLength: 1, maxLength: 3 }),
  seed: seeds,
});

function layered(g: GraphBuilder, x: Value, { op, ...of }: Layer, weight: (...shape: number[]) => Value): Value {
  const [axes, channels] = [(x.shape as Shape).keys().toArray(), x.shape?.[1] as number];
  const kernel = of.kernel.slice(0, axes.length - 2);
  const each = (size: number): number[] => kernel.map(() => size);
  const pads = ints(of.pads.flatMap(each));
  const moved = { strides: ints(each(of.stride)), dilations: ints(each(of.dilation)) };
  if (op === "Relu") return g.relu(x);
  if (op === "skip") return g.add(x, g.relu(g.mul(x, 0.5)));
  if (op === "turn")
    return g.add(x, g.transpose(g.tanh(g.transpose(x, [...axes.slice(1), 0])), [axes.length - 1, ...axes.slice(0, -1)]));
  if (op === "MaxPool") return g.op(op, [x], { kernel_shape: ints(kernel), ...(of.apart ? { strides: ints(kernel) } : moved) });
  if (op === "ConvTranspose") return g.op(op, [x, weight(channels, of.filters, ...kernel)], moved);
  const [filters, group] = of.apart ? [channels, channels] : [of.filters, 1];
  const bias = of.biased ? [weight(filters)] : [];
  return g.op(op, [x, weight(filters, channels / group, ...kernel), ...bias], { ...moved, pads, group: int(group) });
}

/** A network with the gradient of a loss that is a sum over its rows, by all that it is given; undefined where layers do not fit. */
function trained(x: Shape, stack: readonly Layer[]): Graph | undefined {
  const g = createBuilder();
  const by = [g.input("x", "float32", x)];
  try {
    const y = stack.reduce(
      (value, layer) =>
        layered(g, value, layer, (...shape) => {
          by.push(g.input(`w${by.length}`, "float32", shape));
          return by.at(-1) as Value;
        }),
      by[0] as Value,
    );
    const slopes = gradients(g, { of: [g.reduceSum(g.mul(y, g.sin(y)))], by });
    return g.build({ outputs: { y, ...Object.fromEntries(slopes.map((slope, at) => [`by ${by[at]?.name}`, slope as Value])) } });
  } catch (error) {
    if (error instanceof GraphError) return undefined;
    throw error;
  }
}

async function run(graph: Graph, feeds: Record<string, Tensor>): Promise<Record<string, number[]>> {
  await using session = await testRuntime.load(encodeModel(graph));
  return Object.fromEntries(Object.entries(await session.run(feeds)).map(([name, value]) => [name, numbersOf(value)]));
}

function expectClose(made: Record<string, number[]>, wanted: Record<string, number[]>): void {
  expect(Object.keys(made)).toEqual(Object.keys(wanted));
  for (const [name, values] of Object.entries(wanted)) {
    const own = made[name] as number[];
    expect(own.length, name).toBe(values.length);
    const size = values.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-3);
    const error = values.reduce((most, value, at) => Math.max(most, Math.abs(value - (own[at] as number))), 0);
    expect(error / size, name).toBeLessThan(5e-4);
  }
}

it("gives what the graph itself gives, and that what its rows give few by few, over drawn networks", async () => {
  let checked = 0;
  await fc.assert(
    fc.asyncProperty(networks, async ({ rows, channels, sizes, stack, seed }) => {
      const count = typeof rows === "number" ? rows : 32;
      const graph = trained([rows, channels, ...sizes], stack);
      if (graph === undefined) return;
      const feeds = Object.fromEntries(
        graph.inputs.map(({ name, shape = [] }, at) => {
          const known = shape.map((size) => (typeof size === "number" ? size : count));
          return [name, tensor("float32", known, floats(seed + at, known).values)];
        }),
      );
      const whole = await run(graph, feeds);
      expectClose(await run(simplify(graph), feeds), whole);
      // Too few rows to be worked on side by side.
      const few = trained(["few", channels, ...sizes], stack) as Graph;
      const values = numbersOf(feeds["x"] as Tensor);
      const width = values.length / count;
      const parts = await Promise.all(
        [0, 17].map((from, at) => {
          const part = values.slice(from * width, at === 0 ? 17 * width : undefined);
          return run(few, { ...feeds, x: tensor("float32", [part.length / width, channels, ...sizes], part) });
        }),
      );
      const [first, rest] = parts as [Record<string, number[]>, Record<string, number[]>];
      const together: [string, number[]][] = Object.entries(first).map(([name, own]) => {
        const others = rest[name] as number[];
        return [
          name,
          name === "y" || name === "by x" ? [...own, ...others] : own.map((value, at) => value + (others[at] as number)),
        ];
      });
      expectClose(whole, Object.fromEntries(together));
      checked += 1;
    }),
    { numRuns: 30, seed: 20_261_122 },
  );
  expect(checked).toBeGreaterThan(15);
});
