import { describe, expect, it } from "vitest";
import { float, type Graph, ints, text } from "./graph.ts";
import { countParameters, printGraph } from "./print-graph.ts";
import { tensor } from "./tensor.ts";

const inner: Graph = {
  name: "inner",
  inputs: [],
  outputs: [{ name: "r", type: "float32", shape: [] }],
  constants: new Map([["half", tensor("float32", [], [0.5])]]),
  nodes: [{ op: "Identity", domain: "", name: "", inputs: ["half"], outputs: ["r"], attributes: {} }],
  types: new Map(),
  domains: {},
};
const graph: Graph = {
  name: "example",
  inputs: [
    { name: "x", type: "float32", shape: ["batch", 3] },
    { name: "is_fast", type: "bool", shape: [] },
  ],
  outputs: [{ name: "y", type: "float32", shape: ["batch"] }],
  constants: new Map([
    ["w", tensor("float32", [3, 2], [1, 2, 3, 4, 5, 6])],
    ["axes", tensor("int64", [1], [1])],
  ]),
  nodes: [
    { op: "MatMul", domain: "", name: "product", inputs: ["x", "w"], outputs: ["p"], attributes: {} },
    {
      op: "Own",
      domain: "com.example",
      name: "",
      inputs: ["p", "", "axes"],
      outputs: ["q", "", "k"],
      attributes: { alpha: float(0.5), how: text("no") },
    },
    {
      op: "If",
      domain: "",
      name: "",
      inputs: ["is_fast"],
      outputs: ["r2"],
      attributes: { then_branch: { kind: "graph", value: inner } },
    },
    { op: "ReduceSum", domain: "", name: "", inputs: ["q", "axes"], outputs: ["y"], attributes: { order: ints([1, 0]) } },
  ],
  types: new Map([["p", { type: "float32", shape: ["batch", 2] }]]),
  domains: {},
};

describe("printGraph", () => {
  it("lists what there is, in the order it runs in", () => {
    expect(printGraph(graph)).toBe(
      `
example: 4 nodes, 7 parameters
inputs
  x        float32[batch, 3]
  is_fast  bool[]
constants
  w     float32[3, 2]  6
  axes  int64[1]       1
nodes
  p: float32[batch, 2]  =  MatMul(x, w)
  q, –, k               =  com.example.Own(p, –, axes, alpha=0.5, how="no")
  r2                    =  If(is_fast)
    then_branch of If → r2
      constants
        half  float32[]  1
      nodes
        r: float32[]  =  Identity(half)
      outputs
        r  float32[]
  y: float32[batch]     =  ReduceSum(q, axes, order=[1, 0])
outputs
  y  float32[batch]
`.trim(),
    );
  });

  it("leaves out what there is none of", () => {
    expect(printGraph({ ...graph, name: "", inputs: [], outputs: [], constants: new Map(), nodes: [] })).toBe(
      "graph: 0 nodes, 0 parameters",
    );
  });
});

describe("countParameters", () => {
  it("counts numbers with a fraction, also inside nodes", () => {
    expect(countParameters(graph)).toBe(7);
  });
});
