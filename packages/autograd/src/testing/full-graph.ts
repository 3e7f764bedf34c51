import { float, floats, type Graph, int, ints, text } from "../graph.ts";
import type { tensorTable } from "../onnx/tables.ts";
import { type ElementType, tensor, type TensorData } from "../tensor.ts";
import { bytesOf, type Given } from "./onnx-messages.ts";

/** Tensors of two values of each type, in every way that a file may keep them. */
export const stored: readonly (readonly [type: ElementType, Given<typeof tensorTable>, TensorData])[] = [
  ["float32", { type: 1, floats: [1.5, -2] }, Float32Array.of(1.5, -2)],
  ["float32", { type: 1, raw: Uint8Array.of(0, 0, 0xc0, 0x3f, 0, 0, 0, 0xc0) }, Float32Array.of(1.5, -2)],
  ["float64", { type: 11, doubles: [Math.PI, -0] }, Float64Array.of(Math.PI, -0)],
  ["float16", { type: 10, ints: [0x3e00, 0xc000] }, Uint16Array.of(0x3e00, 0xc000)],
  ["float16", { type: 10, raw: Uint8Array.of(0, 0x3e, 0, 0xc0) }, Uint16Array.of(0x3e00, 0xc000)],
  ["int8", { type: 3, ints: [-128, 127] }, Int8Array.of(-128, 127)],
  ["int16", { type: 5, ints: [-32768, 1] }, Int16Array.of(-32768, 1)],
  ["int32", { type: 6, ints: [-(2 ** 31), 2 ** 31 - 1] }, Int32Array.of(-(2 ** 31), 2 ** 31 - 1)],
  ["int64", { type: 7, bigs: [2n ** 63n - 1n, -(2n ** 63n)] }, BigInt64Array.of(2n ** 63n - 1n, -(2n ** 63n))],
  [
    "int64",
    { type: 7, raw: Uint8Array.of(...Array<number>(7).fill(255), 127, ...Array<number>(8).fill(255)) },
    BigInt64Array.of(2n ** 63n - 1n, -1n),
  ],
  ["uint8", { type: 2, ints: [0, 255] }, Uint8Array.of(0, 255)],
  ["uint16", { type: 4, ints: [0, 65535] }, Uint16Array.of(0, 65535)],
  ["uint32", { type: 12, unsigneds: [0n, 2n ** 32n - 1n] }, Uint32Array.of(0, 2 ** 32 - 1)],
  ["uint64", { type: 13, unsigneds: [0n, 2n ** 64n - 1n] }, BigUint64Array.of(0n, 2n ** 64n - 1n)],
  ["bool", { type: 9, ints: [1, 0] }, Uint8Array.of(1, 0)],
  ["bool", { type: 9, raw: Uint8Array.of(1, 0) }, Uint8Array.of(1, 0)],
  ["string", { type: 8, texts: [bytesOf("Ω"), bytesOf("")] }, ["Ω", ""]],
];

/** A graph within another. */
export const inner: Graph = {
  name: "inner",
  inputs: [],
  outputs: [{ name: "chosen", type: "float32" }],
  constants: new Map([["c", tensor("float32", [1], [3])]]),
  nodes: [{ op: "Add", domain: "", name: "", inputs: ["x", "c"], outputs: ["chosen"], attributes: {} }],
  types: new Map([["chosen", { type: "float32" }]]),
  domains: { "com.example": 3 },
};
/** One of everything that a file may hold. */
export const full: Graph = {
  name: "everything",
  inputs: [
    { name: "x", type: "float32", shape: ["batch", 3, "?"] },
    { name: "flag", type: "bool", shape: [] },
    { name: "free", type: "float64" },
  ],
  outputs: [{ name: "y", type: "float32", shape: ["batch", 3, "?"] }],
  constants: new Map(stored.map(([type, , data], i) => [`${type} ${i}`, { type, shape: [2], data }])),
  nodes: [
    {
      op: "Own",
      domain: "com.example",
      name: "with attributes",
      inputs: ["x", "", "free"],
      outputs: ["z", "", "w"],
      attributes: {
        i: int(-3),
        f: float(0.25),
        s: text("µ"),
        is: ints([Number.MAX_SAFE_INTEGER, -1]),
        fs: floats([1, -0.5]),
        ss: { kind: "strings", value: ["a", ""] },
        t: { kind: "tensor", value: tensor("int64", [0, 2], []) },
      },
    },
    {
      op: "If",
      domain: "",
      name: "",
      inputs: ["flag"],
      outputs: ["y"],
      attributes: { then_branch: { kind: "graph", value: inner }, else_branch: { kind: "graph", value: inner } },
    },
  ],
  types: new Map([
    ["z", { type: "int64", shape: [] }],
    ["x", { type: "float32", shape: ["batch", 3, "?"] }],
    ["flag", { type: "bool", shape: [] }],
    ["free", { type: "float64" }],
    ["y", { type: "float32", shape: ["batch", 3, "?"] }],
  ]),
  domains: { "com.example": 3 },
};
