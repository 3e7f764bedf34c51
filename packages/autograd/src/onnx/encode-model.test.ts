import { describe, expect, it } from "vitest";
import { float, type Graph, ints, type Node } from "../graph.ts";
import { tensor } from "../tensor.ts";
import { testRuntime } from "../testing/index.ts";
import { encodeModel } from "./encode-model.ts";
import { loadModel } from "./load-model.ts";

const graph: Graph = {
  name: "affine",
  inputs: [{ name: "x", type: "float32", shape: ["batch", 3] }],
  outputs: [{ name: "y", type: "float32", shape: [2, "batch"] }],
  constants: new Map([["w", tensor("float32", [3, 2], [1, 2, 3, 4, 5, 6])]]),
  nodes: [
    { op: "MatMul", domain: "", name: "product", inputs: ["x", "w"], outputs: ["p"], attributes: {} },
    { op: "LeakyRelu", domain: "", name: "", inputs: ["p"], outputs: ["r"], attributes: { alpha: float(0.5) } },
    { op: "Transpose", domain: "", name: "", inputs: ["r"], outputs: ["y"], attributes: { perm: ints([1, 0]) } },
  ],
  types: new Map([["p", { type: "float32", shape: ["batch", 2] }]]),
  domains: {},
};

describe("encodeModel", () => {
  it("makes what ONNX Runtime runs", async () => {
    await using session = await testRuntime.load(encodeModel(graph));
    expect(session.inputs).toEqual(["x"]);
    const { y } = await session.run({ x: tensor("float32", [2, 3], [1, 0, 0, 0, -1, 1]) });
    expect(y).toEqual(tensor("float32", [2, 2], [1, 2, 2, 2]));
  });

  it("leaves a name to the first node that has it", async () => {
    const named = graph.nodes.map((node) => ({ ...node, name: "product" }));
    const bytes = encodeModel({ ...graph, nodes: named });
    await using session = await testRuntime.load(bytes);
    expect(session.outputs).toEqual(["y"]);
    expect(loadModel(bytes).nodes.map(({ name }) => name)).toEqual(["product", "", ""]);
  });

  it.each([1.5, Number.NaN, 2 ** 60])("refuses %d for a whole number", (axis) => {
    const nodes = graph.nodes.with(2, { ...(graph.nodes[2] as Node), attributes: { perm: ints([1, axis]) } });
    expect(() => encodeModel({ ...graph, nodes })).toThrow(RangeError);
  });
});
