import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { scaled } from "@ohmwork/core/testing";
import { GraphError } from "../graph-error.ts";
import type { Graph, Node } from "../graph.ts";
import { full, inner } from "../testing/full-graph.ts";
import { bytesOf, type Given, modelOf, nodeOf, tensorOf, typed } from "../testing/onnx-messages.ts";
import { encodeModel } from "./encode-model.ts";
import { loadModel } from "./load-model.ts";
import { encodeMessage } from "./message.ts";
import { attributeTable, type graphTable, valueTable } from "./tables.ts";

const fullBytes = encodeModel(full);

describe("loadModel refuses in one line", () => {
  const own = (node: Partial<Node>): Graph => ({ ...inner, nodes: [{ ...(inner.nodes[0] as Node), inputs: ["c"], ...node }] });
  const attribute = (message: Given<typeof attributeTable>): Given<typeof graphTable> => ({
    nodes: [nodeOf({ op: "Own", name: "n", attributes: [encodeMessage(attributeTable, { name: "a", ...message })] })],
  });
  it.each([
    ["no bytes", new Uint8Array(), "Model holds no graph: it is corrupt or not ONNX"],
    ["text", bytesOf("this is no model"), /^Model is corrupt or not ONNX: /],
    [
      "data in another file",
      modelOf({ initializers: [tensorOf({ name: "w", type: 1, sizes: [1], location: 1 })] }),
      /^Tensor "w" keeps its data in another file/,
    ],
    [
      "bfloat16",
      modelOf({ initializers: [tensorOf({ name: "w", type: 16 })] }),
      'Tensor "w" has element type bfloat16, which is not supported',
    ],
    [
      "too few numbers",
      modelOf({ initializers: [tensorOf({ name: "w", type: 1, sizes: [3], floats: [1] })] }),
      'Tensor "w" of shape [3] needs 3 values: the file has 1',
    ],
    [
      "half a number",
      modelOf({ initializers: [tensorOf({ name: "w", type: 1, sizes: [1], raw: Uint8Array.of(1, 2, 3) })] }),
      /"w" has 3 bytes of raw data/,
    ],
    ["a size below zero", modelOf({ initializers: [tensorOf({ name: "w", type: 1, sizes: [-1] })] }), /below zero/],
    [
      "a huge size",
      modelOf({ initializers: [tensorOf({ name: "w", type: 1, sizes: [2 ** 40, 2 ** 40] })] }),
      /needs 1.2089.* values: the file has 0/,
    ],
    [
      "sparse constants",
      modelOf({ sparseInitializers: [new Uint8Array()] }),
      "Graph has 1 sparse constants, which are not supported",
    ],
    [
      "sequences",
      modelOf({ inputs: [typed("s", { sequence: new Uint8Array() })] }),
      'Value "s" is of type sequence: only tensors are supported',
    ],
    [
      "maps",
      modelOf({ inputs: [typed("s", { map: new Uint8Array() })] }),
      'Value "s" is of type map: only tensors are supported',
    ],
    [
      "inputs without a type",
      modelOf({ inputs: [encodeMessage(valueTable, { name: "x" })] }),
      'Input "x" has no type in the file',
    ],
    ["training", modelOf({}, { training: [new Uint8Array()] }), /^Model holds training steps/],
    [
      "attributes that are types",
      modelOf(attribute({ type: 13 })),
      'Attribute "a" of Own "n" holds a type, which is not supported',
    ],
    [
      "attributes that hold nothing",
      modelOf(attribute({ type: 4 })),
      'Attribute "a" of Own "n" is said to hold a tensor and holds none',
    ],
    ["attributes of a function", modelOf(attribute({ reference: "r" })), /refers to the attribute "r" of a function/],
    [
      "bytes that are no text",
      modelOf(attribute({ type: 3, text: Uint8Array.of(0xff) })),
      'Attribute "a" of Own "n" holds bytes that are not text in UTF-8',
    ],
    [
      "values nobody makes",
      encodeModel(own({ name: "sum", inputs: ["c", "gone"] })),
      'Add "sum" reads "gone", which nothing before it makes',
    ],
    ["names given twice", encodeModel(own({ outputs: ["c"] })), 'Add → c makes "c", which is the name of another value'],
    ["outputs nobody makes", encodeModel({ ...inner, nodes: [] }), 'Output "chosen" is made by no node'],
  ] as const)("refuses %s", (_, bytes, message) => {
    expect(() => loadModel(bytes)).toThrow(GraphError);
    expect(() => loadModel(bytes)).toThrow(message);
  });

  it("refuses graphs in graphs without end", () => {
    let graph = inner;
    for (let depth = 0; depth < 40; depth++) {
      graph = { ...inner, nodes: [{ ...(inner.nodes[0] as Node), attributes: { g: { kind: "graph", value: graph } } }] };
    }
    expect(() => loadModel(encodeModel(graph))).toThrow("Graph holds graphs in graphs more than 32 deep");
  });

  const loadsOrRefuses = (bytes: Uint8Array): boolean => {
    try {
      loadModel(bytes);
      return true;
    } catch (error) {
      return error instanceof GraphError && !error.message.includes("\n");
    }
  };

  it("refuses what is cut short, wherever", () => {
    const lengths = Array.from(fullBytes, (_, length) => length);
    expect(lengths.filter((length) => !loadsOrRefuses(fullBytes.subarray(0, length)))).toEqual([]);
  });

  it("loads or refuses files with wrong bits in them", () => {
    const flips = fc.array(fc.tuple(fc.nat(fullBytes.length - 1), fc.integer({ min: 1, max: 255 })), {
      minLength: 1,
      maxLength: 4,
    });
    fc.assert(
      fc.property(flips, (changes) => {
        const bytes = fullBytes.slice();
        for (const [at, mask] of changes) bytes[at] = (bytes[at] ?? 0) ^ mask;
        return loadsOrRefuses(bytes);
      }),
      { numRuns: scaled(20_000), seed: 7 },
    );
  });

  it("loads or refuses any bytes", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), loadsOrRefuses), { numRuns: scaled(10_000), seed: 7 });
  });
});
