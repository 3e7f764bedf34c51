import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { scaled } from "@ohmwork/core/testing";
import { GraphError } from "../graph-error.ts";
import { type Graph, ints, int, float, floats, text, type Node } from "../graph.ts";
import { type Tensor, tensor, type TensorData, type ElementType } from "../tensor.ts";
import { encodeModel } from "./encode-model.ts";
import { loadModel } from "./load-model.ts";
import { decodeMessage, encodeMessage, type Message } from "./message.ts";
import {
  attributeTable,
  dimensionTable,
  graphTable,
  modelTable,
  nodeTable,
  shapeTable,
  tensorTable,
  tensorTypeTable,
  typeTable,
  valueTable,
} from "./tables.ts";

type Given<T extends Parameters<typeof encodeMessage>[0]> = Partial<Message<T>>;

const tensorOf = (message: Given<typeof tensorTable>): Uint8Array => encodeMessage(tensorTable, message);
const nodeOf = (message: Given<typeof nodeTable>): Uint8Array => encodeMessage(nodeTable, message);
const typed = (name: string, type: Given<typeof typeTable>): Uint8Array =>
  encodeMessage(valueTable, { name, type: encodeMessage(typeTable, type) });
const floatType = encodeMessage(tensorTypeTable, { element: 1 });
const modelOf = (graph: Given<typeof graphTable>, more: Given<typeof modelTable> = {}): Uint8Array => {
  const empty: Graph = { name: "", inputs: [], outputs: [], constants: new Map(), nodes: [], types: new Map(), domains: {} };
  return encodeMessage(modelTable, {
    ...decodeMessage(encodeModel(empty), modelTable),
    graph: encodeMessage(graphTable, graph),
    ...more,
  });
};
const bytesOf = (content: string): Uint8Array => new TextEncoder().encode(content);

const stored: readonly (readonly [type: ElementType, Given<typeof tensorTable>, TensorData])[] = [
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

/** One of everything that a file may hold. */
const inner: Graph = {
  name: "inner",
  inputs: [],
  outputs: [{ name: "chosen", type: "float32" }],
  constants: new Map([["c", tensor("float32", [1], [3])]]),
  nodes: [{ op: "Add", domain: "", name: "", inputs: ["x", "c"], outputs: ["chosen"], attributes: {} }],
  types: new Map([["chosen", { type: "float32" }]]),
  domains: { "com.example": 3 },
};
const full: Graph = {
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
const fullBytes = encodeModel(full);

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
