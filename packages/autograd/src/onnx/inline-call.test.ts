import { scaled } from "@ohmwork/core/testing";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { GraphError } from "../graph-error.ts";
import { type Tensor, tensor } from "../tensor.ts";
import { testRuntime } from "../testing/index.ts";
import { encodeModel } from "./encode-model.ts";
import { loadModel } from "./load-model.ts";
import { encodeMessage, type Message } from "./message.ts";
import {
  attributeTable,
  functionTable,
  graphTable,
  modelTable,
  nodeTable,
  opsetTable,
  tensorTypeTable,
  typeTable,
  valueTable,
} from "./tables.ts";

const opset = (domain: string, version: number): Uint8Array => encodeMessage(opsetTable, { domain, version });
const attribute = (message: Partial<Message<typeof attributeTable>>): Uint8Array => encodeMessage(attributeTable, message);
const value = (name: string): Uint8Array =>
  encodeMessage(valueTable, { name, type: encodeMessage(typeTable, { tensor: encodeMessage(tensorTypeTable, { element: 1 }) }) });
const node = (op: string, inputs: string[], outputs: string[], more: Partial<Message<typeof nodeTable>> = {}): Uint8Array =>
  encodeMessage(nodeTable, { op, inputs, outputs, ...more });
const own = (op: string, inputs: string[], outputs: string[], attributes: Uint8Array[] = []): Uint8Array =>
  node(op, inputs, outputs, { domain: "own", attributes });
const defined = (name: string, more: Partial<Message<typeof functionTable>>): Uint8Array =>
  encodeMessage(functionTable, { name, domain: "own", opsets: [opset("", 17), opset("own", 1)], ...more });
const model = (nodes: Uint8Array[], functions: Uint8Array[]): Uint8Array =>
  encodeMessage(modelTable, {
    irVersion: 8,
    opsets: [opset("", 17), opset("own", 1)],
    functions,
    graph: encodeMessage(graphTable, { name: "calls", nodes, inputs: [value("x")], outputs: [value("y")] }),
  });

/** An attribute with a default, and a constant inside. */
const leaky = defined("Leaky", {
  inputs: ["a"],
  outputs: ["r"],
  nodes: [
    node("LeakyRelu", ["a"], ["t"], { attributes: [attribute({ name: "alpha", type: 1, reference: "slope" })] }),
    node("Constant", [], ["one"], { attributes: [attribute({ name: "value_float", type: 1, float: 1 })] }),
    node("Add", ["t", "one"], ["r"]),
  ],
  defaults: [attribute({ name: "slope", type: 1, float: 0.5 })],
});
const branch = (name: string, nodes: Uint8Array[]): Uint8Array =>
  encodeMessage(graphTable, { name, nodes, outputs: [value(`${name}_out`)] });
/** Calls the other twice, within a branch too. */
const twice = defined("Twice", {
  inputs: ["a", "unused"],
  outputs: ["r", "t"],
  nodes: [
    own("Leaky", ["a"], ["t"], [attribute({ name: "slope", type: 1, float: 0.25 })]),
    node("ReduceSum", ["t"], ["sum"], { attributes: [attribute({ name: "keepdims", type: 2, int: 0 })] }),
    node("Sub", ["sum", "sum"], ["zero"]),
    node("Less", ["zero", "sum"], ["is_more"]),
    node("If", ["is_more"], ["r"], {
      attributes: [
        attribute({ name: "then_branch", type: 5, graph: branch("then", [own("Leaky", ["t"], ["then_out"])]) }),
        attribute({ name: "else_branch", type: 5, graph: branch("else", [node("Neg", ["t"], ["else_out"])]) }),
      ],
    }),
  ],
});

const calls = model(
  [own("Twice", ["x"], ["p", "second"]), own("Twice", ["p"], ["q", ""]), node("Neg", ["q"], ["n"]), own("Leaky", ["n"], ["y"])],
  [leaky, twice],
);

async function answer(bytes: Uint8Array, x: Tensor): Promise<Tensor | undefined> {
  await using session = await testRuntime.load(bytes);
  return (await session.run({ x }))["y"];
}

describe("functions of a file", () => {
  it.each([
    ["what is more than 0", [0.5, -2, 3]],
    ["what is less", [-8, -2, 0.25]],
  ])("are put in place of their calls, and answer as they did for %s", async (_, numbers) => {
    const x = tensor("float32", [3], numbers);
    const inlined = loadModel(calls);
    expect(new Set(inlined.nodes.map(({ domain }) => domain))).toEqual(new Set([""]));
    expect(inlined.domains).toEqual({});
    expect(await answer(encodeModel(inlined), x)).toEqual(await answer(calls, x));
  });

  it.each([
    [
      "call themselves",
      [own("Loop", ["x"], ["y"])],
      [defined("Loop", { inputs: ["a"], outputs: ["r"], nodes: [own("Loop", ["a"], ["r"])] })],
      /^Loop → r calls functions without end$/,
    ],
    [
      "call too many",
      [own("F30", ["x"], ["y"])],
      Array.from({ length: 31 }, (_, i) =>
        defined(`F${i}`, {
          inputs: ["a"],
          outputs: ["r"],
          nodes: i === 0 ? [node("Neg", ["a"], ["r"])] : [own(`F${i - 1}`, ["a"], ["t"]), own(`F${i - 1}`, ["t"], ["r"])],
        }),
      ),
      /calls functions without end$/,
    ],
    [
      "are of another opset",
      [],
      [defined("Old", { opsets: [opset("", 9)] })],
      /^Function "Old" is of opset 9, in a model of opset 17$/,
    ],
    [
      "do not make what they should",
      [own("None", ["x"], ["y"])],
      [defined("None", { inputs: ["a"], outputs: ["r"] })],
      /^Output "y" is made by no node$/,
    ],
    [
      "are handed a graph",
      [own("G", ["x"], ["y"], [attribute({ name: "g", type: 5, graph: branch("b", []) })])],
      [
        defined("G", {
          nodes: [node("If", [], [], { attributes: [attribute({ name: "then_branch", type: 5, reference: "g" })] })],
        }),
      ],
      /^G → y hands a graph to a function/,
    ],
  ] as const)("are refused where they %s", (_, nodes, functions, message) => {
    expect(() => loadModel(model([...nodes], [...functions]))).toThrow(
      expect.objectContaining({ code: "graph-invalid", message: expect.stringMatching(message) }),
    );
  });

  it("load or are refused with wrong bits in them", () => {
    const flips = fc.array(fc.tuple(fc.nat(calls.length - 1), fc.integer({ min: 1, max: 255 })), { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(flips, (changes) => {
        const bytes = calls.slice();
        for (const [at, mask] of changes) bytes[at] = (bytes[at] ?? 0) ^ mask;
        try {
          loadModel(bytes);
          return true;
        } catch (error) {
          return error instanceof GraphError && !error.message.includes("\n");
        }
      }),
      { numRuns: scaled(10_000), seed: 7 },
    );
  });
});
