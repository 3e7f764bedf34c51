import { expect, test } from "vitest";
import { createBuilder } from "./builder.ts";
import { differentiate } from "./differentiate.ts";
import { encodeModel } from "./onnx/encode-model.ts";
import { numbersOf, tensor } from "./tensor.ts";
import { testRuntime } from "./testing/test-runtime.ts";

test("differentiate() adds the gradients after the outputs and keeps nothing that nobody needs", () => {
  const g = createBuilder();
  const x = g.input("x", "float32", ["batch", 4]);
  const w = g.input("w", "float32", [4, 3]);
  const loss = g.reduceSum(g.tanh(g.matMul(x, w)));
  g.exp(x);
  const graph = differentiate(g.build({ outputs: { loss } }), { of: "loss", by: ["w"] });
  expect(graph.outputs).toEqual([
    { name: "loss", type: "float32", shape: [] },
    { name: "grad_w", type: "float32", shape: [4, 3] },
  ]);
  expect(graph.nodes.map((node) => node.op)).not.toContain("Exp");
});

test("differentiate() names the node, the operator and the path where a rule is missing", () => {
  const g = createBuilder();
  const x = g.input("x", "float32", [4, 4]);
  const loss = g.reduceSum(g.tanh(g.op("Det", [x], {}, { name: "volume" })));
  expect(() => differentiate(g.build({ outputs: { loss } }), { of: "loss", by: ["x"] })).toThrow(
    'No gradient rule for operator Det of Det "volume", on the path Det → Tanh → ReduceSum → Identity → "loss"',
  );
});

test("differentiate() goes on from a graph that it made, and refuses a name only when both are taken", async () => {
  const g = createBuilder();
  const x = g.input("x", "float64", []);
  const once = differentiate(g.build({ outputs: { y: g.mul(x, g.mul(x, x)) } }), { of: "y", by: ["x"] });
  const twice = differentiate(once, { of: "grad_x", by: ["x"] });
  await using session = await testRuntime.load(encodeModel(twice));
  const found = Object.entries(await session.run({ x: tensor("float64", [], [3]) }));
  expect(found.map(([name, value]) => [name, ...numbersOf(value)])).toEqual([
    ["y", 27],
    ["grad_x", 27],
    ["grad_grad_x_x", 18],
  ]);
  expect(() => differentiate(twice, { of: "grad_x", by: ["x"] })).toThrow('Output "grad_grad_x_x" has a name that is taken');
});

test.each<readonly [string, boolean]>([
  ["an input", true],
  ["an input by another name", false],
])("differentiate() gives 1 for an output that is %s", async (_, same) => {
  const g = createBuilder();
  const x = g.input("x", "float64", []);
  const graph = differentiate(g.build({ outputs: same ? [x] : { y: x } }), { of: same ? "x" : "y", by: ["x"] });
  await using session = await testRuntime.load(encodeModel(graph));
  expect(numbersOf((await session.run({ x: tensor("float64", [], [3]) }))["grad_x"] ?? tensor("int8", [0], []))).toEqual([1]);
});

test("differentiate() goes through a batch of no rows", async () => {
  const g = createBuilder();
  const [x, w] = [g.input("x", "float64", ["rows", 2]), g.input("w", "float64", [2, 2])];
  const graph = differentiate(g.build({ outputs: { y: g.reduceSum(g.tanh(g.matMul(x, w))) } }), { of: "y", by: ["x", "w"] });
  await using session = await testRuntime.load(encodeModel(graph));
  const found = await session.run({ x: tensor("float64", [0, 2], []), w: tensor("float64", [2, 2], [1, 2, 3, 4]) });
  expect(found["grad_x"]?.shape).toEqual([0, 2]);
  expect(Array.from(found["grad_w"]?.data ?? [], Number)).toEqual([0, 0, 0, 0]);
});

test("createBuilder() keeps 0 and −0 apart, refuses a second constant of one name, and leaves what was built as it is", () => {
  const g = createBuilder();
  const x = g.input("x", "float64", []);
  expect(g.scalar("float64", -0).name).not.toBe(g.scalar("float64", 0).name);
  expect(() => g.constant(tensor("float64", [], [1]), "x")).toThrow('Constant "x" has a name that is taken');
  const graph = g.build({ outputs: { y: g.exp(x) } });
  g.input("z", "float64", []);
  expect(graph.inputs.map(({ name }) => name)).toEqual(["x"]);
});

test("createBuilder() names the node whose shapes disagree", () => {
  const g = createBuilder();
  const x = g.input("x", "float32", ["batch", 4]);
  const w = g.input("w", "float32", [5, 3]);
  expect(() => g.matMul(x, w, { name: "hidden" })).toThrow(
    'MatMul "hidden": cannot multiply [batch, 4] by [5, 3]: 4 columns meet 5 rows',
  );
});

test("createBuilder() names an open size as none of the graph it goes on from", () => {
  const g = createBuilder();
  const x = g.input("x", "float32", ["?1", 3]);
  const grown = createBuilder(g.build({ outputs: { y: g.exp(x) } }));
  const tiled = grown.op("Tile", [grown.value("x"), grown.input("times", "int64", [2])]);
  expect(tiled.shape).not.toContain("?1");
});
