import { describe, expect, it } from "vitest";
import { ints } from "../graph.ts";
import { full, stored } from "../testing/full-graph.ts";
import { bytesOf, type Given, modelOf, nodeOf, tensorOf, typed } from "../testing/onnx-messages.ts";
import { type Tensor, tensor } from "../tensor.ts";
import { encodeModel } from "./encode-model.ts";
import { loadModel } from "./load-model.ts";
import { encodeMessage } from "./message.ts";
import { attributeTable, dimensionTable, shapeTable, tensorTypeTable } from "./tables.ts";

const fullBytes = encodeModel(full);
const floatType = encodeMessage(tensorTypeTable, { element: 1 });

describe("loadModel", () => {
  it("gives back what encodeModel was given", () => {
    expect(loadModel(fullBytes)).toEqual(full);
  });

  it.each(stored)("reads %s stored as %o", (type, message, data) => {
    const read = loadModel(modelOf({ initializers: [tensorOf({ ...message, sizes: [2], name: "c" })] })).constants.get("c");
    expect(read).toEqual({ type, shape: [2], data });
  });

  it("reads from a view into other bytes", () => {
    const shifted = new Uint8Array(fullBytes.length + 3);
    shifted.set(fullBytes, 3);
    expect(loadModel(shifted.subarray(3))).toEqual(full);
    expect(loadModel(Buffer.from(fullBytes))).toEqual(full);
  });

  it("takes nodes that hold a constant for constants", () => {
    const constant = (output: string, attribute: Given<typeof attributeTable>): Uint8Array =>
      nodeOf({ op: "Constant", outputs: [output], attributes: [encodeMessage(attributeTable, attribute)] });
    const nodes = [
      constant("a", { name: "value", type: 4, tensor: tensorOf({ type: 1, sizes: [1], floats: [2] }) }),
      constant("b", { name: "value_float", type: 1, float: 0.5 }),
      constant("c", { name: "value_ints", type: 7, ints: [4, 5] }),
      constant("d", { name: "value_string", type: 3, text: bytesOf("s") }),
    ];
    const graph = loadModel(modelOf({ nodes }));
    expect(graph.nodes).toEqual([]);
    expect(graph.constants).toEqual(
      new Map<string, Tensor>([
        ["a", tensor("float32", [1], [2])],
        ["b", tensor("float32", [], [0.5])],
        ["c", tensor("int64", [2], [4, 5])],
        ["d", { type: "string", shape: [], data: ["s"] }],
      ]),
    );
  });

  it("takes inputs that have a constant for constants, as the first versions of the format did", () => {
    const initializers = [tensorOf({ type: 1, sizes: [], floats: [2], name: "w" })];
    const inputs = ["x", "w"].map((name) => typed(name, { tensor: floatType }));
    expect(loadModel(modelOf({ initializers, inputs })).inputs).toEqual([{ name: "x", type: "float32", shape: undefined }]);
  });

  it("names sizes that have no name, each its own", () => {
    const dimensions = [{}, { size: -1 }, { size: 0 }, { name: "n" }].map((item) => encodeMessage(dimensionTable, item));
    const type = encodeMessage(tensorTypeTable, { element: 1, shape: encodeMessage(shapeTable, { dimensions }) });
    expect(loadModel(modelOf({ inputs: [typed("x", { tensor: type })] })).inputs[0]?.shape).toEqual(["?x.0", "?x.1", 0, "n"]);
  });

  it("holds whole numbers of attributes to those a number holds exactly", () => {
    const written = encodeMessage({ name: [1, "text"], ints: [8, "bigs"], type: [20, "int"] } as const, {
      name: "ends",
      type: 7,
      ints: [2n ** 63n - 1n, -(2n ** 63n), 2n ** 53n - 1n],
    });
    const [node] = loadModel(modelOf({ nodes: [nodeOf({ op: "Own", attributes: [written] })] })).nodes;
    expect(node?.attributes).toEqual({ ends: ints([Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER]) });
  });
});
