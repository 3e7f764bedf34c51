import { scaled } from "@ohmwork/core/testing";
import * as ort from "onnxruntime-node";
import { beforeAll, describe, expect, it } from "vitest";
import { bindOnnxRuntime } from "./bind-onnx-runtime.ts";
import type { Graph, Value } from "./graph.ts";
import { encodeModel } from "./onnx/encode-model.ts";
import type { GraphSession } from "./runtime.ts";
import { type ElementType, type Tensor, tensor } from "./tensor.ts";
import { testRuntime } from "./testing/index.ts";

function identity(type: ElementType, shape: Value["shape"]): Uint8Array {
  const graph: Graph = {
    name: "identity",
    inputs: [{ name: "x", type, shape }],
    outputs: [{ name: "y", type, shape }],
    constants: new Map(),
    nodes: [{ op: "Identity", domain: "", name: "", inputs: ["x"], outputs: ["y"], attributes: {} }],
    types: new Map(),
    domains: {},
  };
  return encodeModel(graph);
}

const tensors: readonly Tensor[] = [
  tensor("float32", [2], [0.5, -0]),
  tensor("float64", [2], [Math.PI, Number.NEGATIVE_INFINITY]),
  tensor("float16", [3], [1.5, -2, 65504]),
  tensor("int8", [2], [-128, 127]),
  tensor("int16", [2], [-32768, 32767]),
  tensor("int32", [1, 2], [-(2 ** 31), 2 ** 31 - 1]),
  { type: "int64", shape: [2], data: BigInt64Array.of(2n ** 63n - 1n, -(2n ** 63n)) },
  tensor("uint8", [2], [0, 255]),
  tensor("uint16", [2], [0, 65535]),
  tensor("uint32", [2], [0, 2 ** 32 - 1]),
  { type: "uint64", shape: [1], data: BigUint64Array.of(2n ** 64n - 1n) },
  tensor("bool", [2], [1, 0]),
  { type: "string", shape: [2], data: ["Ω", ""] },
  tensor("float32", [], [7]),
  tensor("float32", [0, 3], []),
  tensor("float16", [], [0.25]),
  tensor("int64", [0], []),
];

describe("bindOnnxRuntime", () => {
  it.each(tensors)("hands $type of shape $shape in and out", async (x) => {
    await using session = await testRuntime.load(identity(x.type, x.shape));
    expect((await session.run({ x }))["y"]).toEqual(x);
  });

  it("hands in what is a part of a longer array", async () => {
    const bits = tensor("float16", [4], [1, 2, 3, 4]).data as Uint16Array;
    await using session = await testRuntime.load(identity("float16", ["n"]));
    const { y } = await session.run({ x: { type: "float16", shape: [2], data: bits.subarray(1, 3) } });
    expect(y).toEqual(tensor("float16", [2], [2, 3]));
  });

  it("takes threads and a level of rewriting", async () => {
    await using session = await bindOnnxRuntime(ort, { threads: 2, optimization: "all" }).load(identity("float32", [1]));
    expect(session.inputs).toEqual(["x"]);
    expect(session.outputs).toEqual(["y"]);
    await expect(bindOnnxRuntime(ort, { threads: -1 }).load(identity("float32", [1]))).rejects.toThrow(
      expect.objectContaining({ code: "graph-invalid" }),
    );
  });

  describe("what goes wrong", () => {
    let session: GraphSession;
    beforeAll(async () => {
      session = await testRuntime.load(identity("float32", [2]));
      return () => session[Symbol.asyncDispose]();
    });
    const x = tensor("float32", [2], [1, 2]);
    const short: Tensor = { type: "float32", shape: [2], data: new Float32Array(1) };

    it.each([
      ["a missing input", {}, undefined, 'Input "x" is missing'],
      ["an output it does not have", { x }, ["z"], 'Graph has no output "z": it has y'],
      [
        "a wrong shape",
        { x: tensor("float32", [3], [1, 2, 3]) },
        undefined,
        /^ONNX Runtime cannot run the graph: .*x.* Got: 3 Expected: 2/,
      ],
      [
        "a wrong type",
        { x: tensor("float64", [2], [1, 2]) },
        undefined,
        /^ONNX Runtime cannot run the graph: .*tensor\(double\)/,
      ],
      ["too little data", { x: short }, undefined, /^Input "x" of type float32 and shape \[2\] does not fit its data: /],
    ])("refuses %s in one line", async (_, feeds: Record<string, Tensor>, fetches, message) => {
      const error: unknown = await session.run(feeds, fetches).catch((reason: unknown) => reason);
      expect(error).toMatchObject({ code: "graph-invalid", message: expect.stringMatching(message) });
      expect((error as Error).message).toMatch(/^.*[^.]$/);
    });

    it("refuses a model that is none", async () => {
      await expect(testRuntime.load(Uint8Array.of(1, 2, 3))).rejects.toMatchObject({
        code: "graph-invalid",
        message: expect.stringMatching(/^ONNX Runtime cannot load the model: .*[^.]$/),
      });
    });
  });

  it("runs no more when it is disposed of, which may be twice", async () => {
    const session = await testRuntime.load(identity("float32", [1]));
    await session[Symbol.asyncDispose]();
    await session[Symbol.asyncDispose]();
    await expect(session.run({ x: tensor("float32", [1], [1]) })).rejects.toThrow(TypeError);
  });

  it("keeps nothing of what it ran", async () => {
    const x = tensor("float32", [64, 1024], new Float32Array(65_536));
    await using session = await testRuntime.load(identity("float32", [64, 1024]));
    const run = async (times: number): Promise<number> => {
      for (let i = 0; i < times; i++) await session.run({ x });
      return process.memoryUsage().rss;
    };
    const before = await run(scaled(1000));
    const after = await run(scaled(10_000));
    // What was handed out takes 256 KiB a run: 256 MB in the gate, ten times that in the deep run.
    expect(after - before).toBeLessThan(128e6);
  });
});
