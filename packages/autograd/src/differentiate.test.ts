import { expect, test } from "vitest";
import { createBuilder } from "./builder.ts";
import { differentiate } from "./differentiate.ts";

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
