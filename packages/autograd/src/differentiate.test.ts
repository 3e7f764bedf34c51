import { expect, test } from "vitest";
import { createBuilder } from "./builder.ts";
import { differentiate } from "./differentiate.ts";

test("differentiate() adds the gradients after the outputs and keeps nothing that nobody needs", () => {
  const g = createBuilder();
  const x = g.input("x", "float32", ["batch", 4]);
  const w = g.input("w", "float32", [4, 3]);
  const loss = g.reduceSum(g.tanh(g.matMul(x, w)));
  g.exp(x);
  const graph = g.build({ outputs: { loss } });
  expect(() => differentiate(graph, { of: "loss", by: ["w"] })).toThrow(/No gradient rule for operator ReduceSum/);
});

test("createBuilder() names the node whose shapes disagree", () => {
  const g = createBuilder();
  const x = g.input("x", "float32", ["batch", 4]);
  const w = g.input("w", "float32", [5, 3]);
  expect(() => g.matMul(x, w, { name: "hidden" })).toThrow(
    'MatMul "hidden": cannot multiply [batch, 4] by [5, 3]: 4 columns meet 5 rows',
  );
});
