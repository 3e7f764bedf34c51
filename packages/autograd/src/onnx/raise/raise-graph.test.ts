import { describe, expect, it } from "vitest";
import { type Attributes, float, floats, type Graph, int, ints, type Node, text, type Value } from "../../graph.ts";
import { numbersOf, type Tensor, tensor } from "../../tensor.ts";
import { testRuntime } from "../../testing/index.ts";
import { encodeModel } from "../encode-model.ts";
import { loadModel } from "../load-model.ts";
import { decodeMessage, encodeMessage } from "../message.ts";
import { modelTable, opsetTable } from "../tables.ts";

const node = (op: string, inputs: string[], attributes: Attributes = {}, outputs: string[] = ["y"]): Node => ({
  op,
  domain: "",
  name: "",
  inputs,
  outputs,
  attributes,
});

/** The file an exporter of that time would have written. */
function oldModel(version: number, nodes: readonly Node[], more: Partial<Graph> = {}): Uint8Array {
  const value = (name: string, shape: Value["shape"]): Value => ({ name, type: "float32", shape });
  const graph: Graph = {
    name: "old",
    inputs: [value("x", [2, 3, 4])],
    outputs: [value("y", undefined)],
    constants: new Map(),
    nodes,
    types: new Map(),
    domains: {},
    ...more,
  };
  const opsets = [encodeMessage(opsetTable, { domain: "", version })];
  return encodeMessage(modelTable, { ...decodeMessage(encodeModel(graph), modelTable), irVersion: 4, opsets });
}

async function answer(model: Uint8Array, x: Tensor): Promise<Tensor[]> {
  await using session = await testRuntime.load(model);
  return Object.values(await session.run({ x }));
}

const numbers = tensor(
  "float32",
  [2, 3, 4],
  Array.from({ length: 24 }, (_, i) => Math.sin(3 * i)),
);
const image = tensor("float32", [1, 2, 3, 4], numbersOf(numbers));
const images: Partial<Graph> = { inputs: [{ name: "x", type: "float32", shape: [1, 2, 3, 4] }] };
const unknownRank: Partial<Graph> = { inputs: [{ name: "x", type: "float32" }] };
const halves: Partial<Graph> = {
  inputs: [{ name: "x", type: "float64", shape: [2, 3, 4] }],
  outputs: [{ name: "y", type: "float64" }],
};
const channels = new Map(["scale", "bias", "mean", "variance"].map((name, i) => [name, tensor("float32", [3], [1 + i, 2, 0.5])]));

// The oracle is ONNX Runtime, which keeps the operators of every version it ever ran.
const cases: readonly (readonly [what: string, version: number, nodes: readonly Node[], more?: Partial<Graph>])[] = [
  ["Squeeze", 12, [node("Unsqueeze", ["x"], { axes: ints([0, 2]) }, ["u"]), node("Squeeze", ["u"], { axes: ints([2]) })]],
  ["ReduceSum", 12, [node("ReduceSum", ["x"], { axes: ints([0, 2]), keepdims: int(0) })]],
  ["ReduceSum over all", 11, [node("ReduceSum", ["x"])]],
  ["ReduceL2", 17, [node("ReduceL2", ["x"], { axes: ints([-1]) })]],
  ["ReduceMean", 11, [node("ReduceMean", ["x"], { axes: ints([1]), keepdims: int(0) })]],
  ["Split in given parts", 11, [node("Split", ["x"], { axis: int(2), split: ints([1, 3]) }, ["z", "y"])]],
  ["Split in equal parts", 13, [node("Split", ["x"], { axis: int(2) }, ["z", "y"])]],
  ["Clip", 6, [node("Clip", ["x"], { min: float(-0.5), max: float(0.25) })]],
  ["Clip from above", 10, [node("Clip", ["x"], { max: float(0.25) })]],
  ["Clip of a type known later", 7, [node("Neg", ["x"], {}, ["n"]), node("Clip", ["n"], { min: float(0.125) })]],
  ["Pad", 10, [node("Pad", ["x"], { pads: ints([0, 1, 0, 0, 2, 1]), value: float(1.5) })]],
  ["Pad by reflection", 7, [node("Pad", ["x"], { pads: ints([0, 1, 0, 0, 0, 2]), mode: text("reflect") })]],
  ["Slice", 9, [node("Slice", ["x"], { starts: ints([1, -3]), ends: ints([3, Number.MAX_SAFE_INTEGER]), axes: ints([1, 2]) })]],
  ["Slice from the front", 9, [node("Slice", ["x"], { starts: ints([1]), ends: ints([2]) })]],
  ["TopK", 9, [node("TopK", ["x"], { k: int(2), axis: int(1) }, ["y", "z"])]],
  ["Dropout", 7, [node("Dropout", ["x"], { ratio: float(0.3) }, ["y", "mask"])]],
  ["Dropout of later", 11, [node("Dropout", ["x"], { ratio: float(0.3) }, ["y", "mask"])]],
  [
    "BatchNormalization",
    8,
    [node("BatchNormalization", ["x", "scale", "bias", "mean", "variance"], { epsilon: float(0.01), spatial: int(1) })],
    { constants: channels },
  ],
  ["Softmax over several axes", 11, [node("Softmax", ["x"])]],
  ["Softmax of unknown rank", 7, [node("Softmax", ["x"], { axis: int(1) })], unknownRank],
  ["Softmax over the last", 11, [node("Softmax", ["x"], { axis: int(-1) })]],
  ["LogSoftmax", 12, [node("LogSoftmax", ["x"], { axis: int(0) })]],
  ["Hardmax", 9, [node("Hardmax", ["x"], { axis: int(1) })]],
  ["Upsample by attribute", 8, [node("Upsample", ["x"], { scales: floats([1, 1, 2, 3]), mode: text("nearest") })], images],
  [
    "Upsample by input",
    9,
    [node("Upsample", ["x", "scales"], { mode: text("linear") })],
    { ...images, constants: new Map([["scales", tensor("float32", [4], [1, 1, 2, 2])]]) },
  ],
  [
    "Resize that grows",
    10,
    [node("Resize", ["x", "scales"], { mode: text("nearest") })],
    { ...images, constants: new Map([["scales", tensor("float32", [4], [1, 1, 1.5, 2.5])]]) },
  ],
  [
    "Resize that shrinks",
    10,
    [node("Resize", ["x", "scales"], { mode: text("nearest") })],
    { ...images, constants: new Map([["scales", tensor("float32", [4], [1, 1, 0.6, 0.6])]]) },
  ],
  [
    "Scatter",
    10,
    [node("Scatter", ["x", "at", "updates"], { axis: int(2) })],
    {
      constants: new Map([
        ["at", tensor("int64", [1, 1, 2], [3, 0])],
        ["updates", tensor("float32", [1, 1, 2], [7, 8])],
      ]),
    },
  ],
  [
    "GridSample",
    16,
    [node("GridSample", ["x", "grid"], { mode: text("bicubic") })],
    { ...images, constants: new Map([["grid", tensor("float32", [1, 1, 2, 2], [-0.3, 0.2, 0.6, -0.9])]]) },
  ],
  [
    "RoiAlign",
    10,
    [node("RoiAlign", ["x", "rois", "which"], { output_height: int(2), output_width: int(2) })],
    {
      ...images,
      constants: new Map([
        ["rois", tensor("float32", [1, 4], [0, 0, 2, 2])],
        ["which", tensor("int64", [1], [0])],
      ]),
    },
  ],
  ["a new opset", 22, [node("Sin", ["x"])]],
];

describe("raiseGraph", () => {
  for (const [what, version, nodes, more] of cases) {
    it(`keeps what ${what} of opset ${version} answers`, async () => {
      const bytes = oldModel(version, nodes, more);
      const raised = encodeModel(loadModel(bytes));
      const x = more?.inputs?.[0]?.shape?.length === 4 ? image : numbers;
      expect(await answer(raised, x)).toEqual(await answer(bytes, x));
    });
  }

  it("gives numbers that became inputs the type of what they bound", async () => {
    const nodes = [node("Neg", ["x"], {}, ["n"]), node("Clip", ["n"], { min: float(0.125) })];
    const x = tensor("float64", [2, 3, 4], numbersOf(numbers));
    const [y] = await answer(encodeModel(loadModel(oldModel(7, nodes, halves))), x);
    expect(y?.type).toBe("float64");
    expect(numbersOf(y as Tensor)).toEqual(numbersOf(x).map((value) => Math.max(-value, 0.125)));
  });

  it("lays the second operand along the axis that broadcast named", async () => {
    const constants = new Map([["b", tensor("float32", [3], [10, 20, 30])]]);
    const model = oldModel(6, [node("Add", ["x", "b"], { broadcast: int(1), axis: int(1) })], { constants });
    const [y] = await answer(encodeModel(loadModel(model)), numbers);
    const expected = numbersOf(numbers).map((value, i) => Math.fround(value + 10 * (1 + (Math.floor(i / 4) % 3))));
    expect(y).toEqual(tensor("float32", [2, 3, 4], expected));
  });

  it("lays a slope of one channel each along the second axis", async () => {
    const constants = new Map([["slope", tensor("float32", [3], [0, 1, 2])]]);
    const [y] = await answer(encodeModel(loadModel(oldModel(6, [node("PRelu", ["x", "slope"])], { constants }))), numbers);
    const expected = numbersOf(numbers).map((value, i) => (value < 0 ? Math.fround(value * (Math.floor(i / 4) % 3)) : value));
    expect(y?.data).toEqual(Float32Array.from(expected));
  });

  it("raises the graphs inside nodes", async () => {
    const branch = (axis: number): Graph => ({
      name: `branch ${axis}`,
      inputs: [],
      outputs: [{ name: `branch_${axis}`, type: "float32" }],
      constants: new Map(),
      nodes: [node("ReduceSum", ["x"], { axes: ints([axis]) }, [`branch_${axis}`])],
      types: new Map(),
      domains: {},
    });
    const nodes = [
      node("If", ["yes"], { then_branch: { kind: "graph", value: branch(0) }, else_branch: { kind: "graph", value: branch(1) } }),
    ];
    const model = oldModel(11, nodes, { constants: new Map([["yes", tensor("bool", [], [1])]]) });
    expect(await answer(encodeModel(loadModel(model)), numbers)).toEqual(await answer(model, numbers));
  });

  it.each([
    ["Scan", 8, [node("Scan", ["x"])], /^Scan → y cannot be raised from opset 8 to 21: /],
    ["BatchNormalization", 7, [node("BatchNormalization", ["x"], { spatial: int(0) })], /spatial is 0/],
    [
      "training",
      7,
      [node("BatchNormalization", ["x"], {}, ["y", "m"]), node("Neg", ["m"], {}, ["z"])],
      /"m" belongs to training/,
    ],
    ["GroupNormalization", 18, [node("GroupNormalization", ["x"])], /one for a channel/],
    ["Resize", 11, [node("Resize", ["x"], { coordinate_transformation_mode: text("tf_half_pixel_for_nn") })], /tf_half_pixel/],
    ["an old broadcast", 6, [node("Add", ["x", "x"], { broadcast: int(1), axis: int(0) })], /how many axes/, unknownRank],
    ["what is newer", 23, [node("RMSNormalization", ["x"])], /^RMSNormalization → y is newer than opset 21/],
    ["an opset nobody knows", 99, [node("Neg", ["x"])], /^Model is of opset 99: 1 to 24 are supported$/],
  ] as const)("refuses %s of opset %i", (_, version, nodes, message, more = {}) => {
    expect(() => loadModel(oldModel(version, nodes, more))).toThrow(
      expect.objectContaining({ code: "graph-invalid", message: expect.stringMatching(message) }),
    );
  });
});
