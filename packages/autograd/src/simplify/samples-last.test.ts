import { expect, test } from "vitest";
import { createBuilder } from "../builder.ts";
import { gradients } from "../gradients.ts";
import { type Graph, ints, type Value } from "../graph.ts";
import { encodeModel } from "../onnx/encode-model.ts";
import { numbersOf, type Tensor, tensor } from "../tensor.ts";
import { testRuntime } from "../testing/test-runtime.ts";
import { simplify } from "./simplify.ts";

const SAMPLES = 32;

async function run(graph: Graph, feeds: Record<string, Tensor>): Promise<Record<string, number[]>> {
  await using session = await testRuntime.load(encodeModel(graph));
  return Object.fromEntries(Object.entries(await session.run(feeds)).map(([name, value]) => [name, numbersOf(value)]));
}

function count(graph: Graph, operator: string): number {
  return graph.nodes.filter(({ op }) => op === operator).length;
}

const shapes = { x: [SAMPLES, 1, 8, 8], w1: [2, 1, 3, 3], b1: [2], w2: [3, 2, 3, 3], b2: [3], w3: [12, 2] } as const;

/** Two convolutions with what is behind them, and all their gradients. */
function trained(): Graph {
  const g = createBuilder();
  const given = (name: keyof typeof shapes): Value => g.input(name, "float32", shapes[name]);
  const [x, w1, b1, w2, b2, w3] = [given("x"), given("w1"), given("b1"), given("w2"), given("b2"), given("w3")];
  const layer = (values: Value, w: Value, bias: Value): Value =>
    g.op("MaxPool", [g.relu(g.op("Conv", [values, w, bias], { pads: ints([1, 1, 1, 1]) }))], {
      kernel_shape: ints([2, 2]),
      strides: ints([2, 2]),
    });
  const y = layer(layer(x, w1, b1), w2, b2);
  const scores = g.matMul(g.reshape(y, [SAMPLES, -1]), w3);
  const loss = g.reduceSum(g.mul(scores, scores));
  const by = [w1, b1, w2, b2];
  const found = gradients(g, { of: [loss], by });
  return g.build({ outputs: { y, loss, ...Object.fromEntries(found.map((value, at) => [`grad ${at}`, value as Value])) } });
}

const drawn = (): Record<string, Tensor> =>
  Object.fromEntries(
    Object.entries(shapes).map(([name, shape], at) => {
      const size = shape.reduce((product: number, length) => product * length, 1);
      return [
        name,
        tensor(
          "float32",
          shape,
          Array.from({ length: size }, (_, i) => Math.sin((at + 1) * 12.9898 * (i + 1))),
        ),
      ];
    }),
  );

test("simplify() works on a batch that is trained on with its samples side by side, from end to end", async () => {
  const [whole, simple] = [trained(), simplify(trained())];
  for (const operator of ["Conv", "ConvTranspose", "MaxPool", "Where"]) expect(count(simple, operator), operator).toBe(0);
  // What goes in, what comes out, and the way back from there.
  expect(count(simple, "Transpose")).toBeLessThanOrEqual(3);
  const [wanted, made] = [await run(whole, drawn()), await run(simple, drawn())];
  expect(Object.keys(made)).toEqual(Object.keys(wanted));
  for (const [name, values] of Object.entries(wanted)) {
    const size = Math.max(...values.map(Math.abs));
    for (const [at, value] of values.entries()) expect(Math.abs((made[name]?.[at] as number) - value) / size).toBeLessThan(1e-5);
  }
});

test("simplify() leaves a convolution as it is that nothing is learned from", () => {
  const g = createBuilder();
  const x = g.input("x", "float32", shapes.x);
  const y = g.op("Conv", [x, g.input("w", "float32", shapes.w1)]);
  expect(simplify(g.build({ outputs: { y } })).nodes.map(({ op }) => op)).toEqual(["Conv"]);
});

test("simplify() keeps choosing where the value left out may be infinite", async () => {
  const g = createBuilder();
  const x = g.input("x", "float32", [3]);
  const [slope] = gradients(g, { of: [g.reduceSum(g.sqrt(g.relu(x)))], by: [x] });
  const graph = simplify(g.build({ outputs: { slope: slope as Value } }));
  expect(await run(graph, { x: tensor("float32", [3], [-1, 0, 4]) })).toEqual({ slope: [0, 0, 0.25] });
});

test("simplify() multiplies by ones and zeros what a product gave", async () => {
  const g = createBuilder();
  const [x, w] = [g.input("x", "float32", [2, 3]), g.input("w", "float32", [3, 2])];
  const [slope] = gradients(g, { of: [g.reduceSum(g.matMul(g.relu(x), w))], by: [x] });
  const graph = simplify(g.build({ outputs: { slope: slope as Value } }));
  expect(count(graph, "Where")).toBe(0);
  const feeds = { x: tensor("float32", [2, 3], [1, -1, 0, 2, 3, -4]), w: tensor("float32", [3, 2], [1, 2, 3, 4, 5, 6]) };
  expect(await run(graph, feeds)).toEqual({ slope: [3, 0, 0, 3, 7, 0] });
});

test("simplify() keeps a transposition behind values that are read as they stand as well", async () => {
  const g = createBuilder();
  const [x, y] = [g.input("x", "float32", [2, 3, 4]), g.input("y", "float32", [4, 2, 3])];
  const sum = g.mul(x, g.transpose(y, [1, 2, 0]));
  const graph = g.build({ outputs: { sum, turned: g.exp(g.transpose(sum, [2, 0, 1])) } });
  const feeds = {
    x: tensor(
      "float32",
      [2, 3, 4],
      Float32Array.from({ length: 24 }, (_, at) => at / 10),
    ),
    y: tensor(
      "float32",
      [4, 2, 3],
      Float32Array.from({ length: 24 }, (_, at) => Math.sin(at)),
    ),
  };
  expect(await run(simplify(graph), feeds)).toEqual(await run(graph, feeds));
});
