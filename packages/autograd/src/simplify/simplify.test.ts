import { expect, test } from "vitest";
import { createBuilder } from "../builder.ts";
import { gradients } from "../gradients.ts";
import { float, type Graph, int, ints, type Value } from "../graph.ts";
import { encodeModel } from "../onnx/encode-model.ts";
import { numbersOf, tensor, type Tensor } from "../tensor.ts";
import { testRuntime } from "../testing/test-runtime.ts";
import { foldConstants } from "./fold-constants.ts";
import { simplify } from "./simplify.ts";

const operators = (graph: Graph): string[] => graph.nodes.map(({ op }) => op).toSorted();

async function run(graph: Graph, feeds: Record<string, Tensor>): Promise<Record<string, number[]>> {
  await using session = await testRuntime.load(encodeModel(graph));
  return Object.fromEntries(Object.entries(await session.run(feeds)).map(([name, value]) => [name, numbersOf(value)]));
}

test("simplify() leaves out what nobody needs and does once what is done twice", () => {
  const g = createBuilder();
  const x = g.input("x", "float32", ["rows", 3]);
  const y = g.add(g.sin(x), g.sin(x));
  g.exp(x);
  expect(operators(simplify(g.build({ outputs: { y } })))).toEqual(["Add", "Sin"]);
});

test("simplify() passes over what does nothing, and keeps the names of outputs", () => {
  const g = createBuilder();
  const x = g.input("x", "float32", ["rows", 3]);
  const same = g.transpose(g.transpose(g.sub(g.mul(g.identity(x), 1), 0), [1, 0]), [1, 0]);
  const graph = simplify(g.build({ outputs: { same, sum: g.reduceSum(same) } }));
  expect(graph.outputs.map(({ name }) => name)).toEqual(["same", "sum"]);
  expect(operators(graph)).toEqual(["Identity", "ReduceSum"]);
});

test("simplify() keeps a factor of 1 that makes a tensor larger", () => {
  const g = createBuilder();
  const x = g.input("x", "float32", [1, 3]);
  const ones = g.constant(tensor("float32", [4, 3], new Float32Array(12).fill(1)));
  expect(operators(simplify(g.build({ outputs: { y: g.mul(x, ones) } })))).toContain("Mul");
});

test("simplify() does not take −0 for 0 in a sum: −0 + 0 is 0", async () => {
  const g = createBuilder();
  const x = g.input("x", "float32", [1]);
  const y = g.div(1, g.add(x, 0));
  const graph = g.build({ outputs: { y } });
  const feeds = { x: tensor("float32", [1], [-0]) };
  expect(await run(simplify(graph), feeds)).toEqual(await run(graph, feeds));
});

test.each(["1e30", "1e-30"])("simplify() leaves factors of %s apart, whose product no float32 holds", async (factor) => {
  const g = createBuilder();
  const x = g.input("x", "float32", []);
  const graph = g.build({ outputs: { y: g.mul(g.mul(x, Number(factor)), Number(factor)) } });
  const feeds = { x: tensor("float32", [], [1 / Number(factor)]) };
  expect(await run(simplify(graph), feeds)).toEqual(await run(graph, feeds));
});

test("foldConstants() leaves to each run what is drawn in it", async () => {
  const g = createBuilder();
  const drawn = g.op("Bernoulli", [g.constant(tensor("float32", [8], new Float32Array(8).fill(0.5)))]);
  const graph = g.build({ outputs: { y: g.mul(g.input("x", "float32", [8]), drawn) } });
  expect(operators(await foldConstants(graph, testRuntime))).toEqual(["Bernoulli", "Mul"]);
});

test("simplify() joins factors and folds small constants", async () => {
  const g = createBuilder();
  const x = g.input("x", "float64", [2]);
  const half = g.sqrt(g.scalar("float64", 0.25));
  const y = g.mul(g.mul(g.mul(x, half), 3), 4);
  const graph = simplify(g.build({ outputs: { y } }));
  expect(operators(graph)).toEqual(["Mul"]);
  expect(await run(graph, { x: tensor("float64", [2], [1, -2]) })).toEqual({ y: [6, -12] });
});

test("simplify() writes known shapes down", () => {
  const g = createBuilder();
  const x = g.input("x", "float32", [4, 6]);
  const y = g.reshape(x, g.concat([g.slice(g.shapeOf(x), [1], [2], [0]), g.slice(g.shapeOf(x), [0], [1], [0])], 0));
  expect(operators(simplify(g.build({ outputs: { y } })))).toEqual(["Reshape"]);
});

test("simplify() leaves draws of chance apart", () => {
  const g = createBuilder();
  const x = g.input("x", "float32", [4]);
  const y = g.sub(g.op("RandomNormalLike", [x]), g.op("RandomNormalLike", [x]));
  expect(operators(simplify(g.build({ outputs: { y } })))).toEqual(["RandomNormalLike", "RandomNormalLike", "Sub"]);
});

test("simplify() of a gradient shares the forward pass with it", () => {
  const g = createBuilder();
  const x = g.input("x", "float32", [3, 4]);
  const w = g.input("w", "float32", [4, 2]);
  const loss = g.reduceSum(g.tanh(g.matMul(x, w)));
  const [gradient] = gradients(g, { of: [loss], by: [w] });
  const graph = simplify(g.build({ outputs: { loss, gradient: gradient as NonNullable<typeof gradient> } }));
  expect(graph.nodes.filter(({ op }) => op === "Tanh")).toHaveLength(1);
  expect(graph.nodes.filter(({ op }) => op === "MatMul" || op === "Gemm")).toHaveLength(2);
});

test("foldConstants() works out what depends on no input", async () => {
  const g = createBuilder();
  const x = g.input("x", "float32", [2, 3]);
  const weights = g.constant(tensor("float32", [3, 3], [1, 2, 3, 4, 5, 6, 7, 8, 9]));
  const y = g.matMul(x, g.softmax(g.matMul(weights, weights)));
  const graph = g.build({ outputs: { y } });
  const folded = await foldConstants(graph, testRuntime);
  expect(operators(folded)).toEqual(["MatMul"]);
  const feeds = { x: tensor("float32", [2, 3], [1, 2, 3, 4, 5, 6]) };
  expect(await run(folded, feeds)).toEqual(await run(graph, feeds));
});

test("simplify() has a pooling make the places that its gradient needs", async () => {
  const g = createBuilder();
  const x = g.input("x", "float32", [1, 1, 4, 4]);
  const y = g.op("MaxPool", [x], { kernel_shape: ints([2, 2]), strides: ints([2, 2]) });
  const loss = g.reduceSum(g.mul(y, y));
  const [slope] = gradients(g, { of: [loss], by: [x] });
  const graph = g.build({ outputs: { y, slope: slope as Value } });
  const simple = simplify(graph);
  expect(operators(graph).filter((op) => op === "MaxPool")).toHaveLength(2);
  expect(operators(simple).filter((op) => op === "MaxPool")).toHaveLength(1);
  const feeds = {
    x: tensor(
      "float32",
      [1, 1, 4, 4],
      Float32Array.from({ length: 16 }, (_, at) => Math.sin(7 * at)),
    ),
  };
  expect(await run(simple, feeds)).toEqual(await run(graph, feeds));
});

test("simplify() hands what is added to a product to the product, where nobody else reads it", async () => {
  const g = createBuilder();
  const [a, b, c] = ["a", "b", "c"].map((name) => g.input(name, "float32", [2, 2])) as [Value, Value, Value];
  const product = (x: Value, y: Value): Value => g.op("Gemm", [x, y], { transA: int(1), alpha: float(2) });
  const sum = g.add(g.add(product(a, b), c), product(b, c));
  const read = product(c, a);
  const row = g.add(product(c, b), g.input("row", "float32", [2]));
  const outputs = { sum, twice: g.add(read, g.sin(read)), wide: row };
  const graph = g.build({ outputs });
  expect(operators(simplify(graph))).toEqual(["Add", "Add", "Gemm", "Gemm", "Gemm", "Gemm", "Sin"]);
  const feed = (shape: readonly number[], ...numbers: number[]): Tensor => tensor("float32", shape, numbers);
  const feeds = { a: feed([2, 2], 1, 2, 3, 4), b: feed([2, 2], 5, -6, 7, 8), c: feed([2, 2], 9, 1, 2, 3), row: feed([2], 4, 5) };
  const [before, after] = [await run(graph, feeds), await run(simplify(graph), feeds)];
  expect(after).toEqual(before);
});

test("simplify() picks columns as rows, and leaves no two transpositions that undo each other", async () => {
  const g = createBuilder();
  const x = g.input("x", "float32", ["rows", 40]);
  const order = Array.from({ length: 40 }, (_, index) => (index % 3 === 0 ? index - 40 : (7 * index) % 40));
  const places = g.integers(order);
  const graph = g.build({
    outputs: { y: g.gather(g.gather(x, places, -1), places, 1), few: g.gather(x, g.integers([3, 1]), 1) },
  });
  expect(operators(simplify(graph))).toEqual(["Gather", "Gather", "Gather", "Transpose", "Transpose"]);
  const feeds = {
    x: tensor(
      "float32",
      [2, 40],
      Array.from({ length: 80 }, (_, index) => Math.sqrt(index)),
    ),
  };
  expect(await run(simplify(graph), feeds)).toEqual(await run(graph, feeds));
});

test("simplify() repeats along the last axis what it can copy as a whole", async () => {
  const g = createBuilder();
  const x = g.input("x", "float32", ["rows", 300, 1]);
  const outputs = {
    wide: g.expand(x, [1, 1, 4]),
    few: g.expand(g.input("z", "float32", [5, 1]), [5, 3]),
    both: g.expand(x, [2, 1, 1, 4]),
  };
  const graph = g.build({ outputs });
  expect(operators(simplify(graph))).toEqual(["Expand", "Expand", "Expand", "Transpose", "Transpose"]);
  const feeds = {
    x: tensor(
      "float32",
      [2, 300, 1],
      Array.from({ length: 600 }, (_, index) => Math.sqrt(index)),
    ),
    z: tensor("float32", [5, 1], [1, 2, 3, 4, 5]),
  };
  expect(await run(simplify(graph), feeds)).toEqual(await run(graph, feeds));
});
