import { readFile } from "node:fs/promises";
import { isDeepStrictEqual } from "node:util";
import { createRandom } from "@ohmwork/core";
import { dataPath, recordMeasured, scaled } from "@ohmwork/core/testing";
import { describe, expect, it } from "vitest";
import type { Graph } from "../graph.ts";
import { numbersOf, type Tensor, tensor } from "../tensor.ts";
import { backendTests, type BackendTest, testRuntime } from "../testing/index.ts";
import { encodeModel } from "./encode-model.ts";
import { loadModel } from "./load-model.ts";

/** Why models of the collection are refused, and how many. */
const refusals: readonly (readonly [reason: RegExp, count: number])[] = [
  [/ has element type bfloat16, which is not supported$/, 6],
  [/ is of type sequence: only tensors are supported$/, 18],
  [/ is of type optional: only tensors are supported$/, 6],
  [/^Input ".*" has no type in the file$/, 2],
  [/^Resize .* coordinate_transformation_mode tf_half_pixel_for_nn is no more$/, 1],
  [/^Scan .* it had an axis of batches$/, 1],
];

/** What is drawn anew on every run. */
const isRandom = (name: string): boolean => name.startsWith("test_bernoulli");

function reasonOf(error: unknown): string {
  const message = (error as Error).message;
  return String(refusals.find(([reason]) => reason.test(message))?.[0] ?? message);
}

/** What a model answers; undefined if the runtime does not run it. */
async function answer(model: Uint8Array, inputs: BackendTest["inputs"]): Promise<Tensor[] | undefined> {
  try {
    await using session = await testRuntime.load(model);
    const feeds = Object.fromEntries(session.inputs.map((name, i) => [name, inputs[i] as Tensor]));
    return Object.values(await session.run(feeds));
  } catch {
    return undefined;
  }
}

/** Largest difference as a share of the larger number, with 1 for the smallest; infinite where shapes or types differ. */
function difference(a: Tensor, b: Tensor): number {
  if (a.type !== b.type || a.shape.join() !== b.shape.join()) return Number.POSITIVE_INFINITY;
  if (a.type === "string")
    return (a.data as string[]).join("\n") === (b.data as string[]).join("\n") ? 0 : Number.POSITIVE_INFINITY;
  const other = numbersOf(b);
  return numbersOf(a).reduce((largest, value, i) => Math.max(largest, apart(value, other[i] ?? Number.NaN)), 0);
}

function apart(a: number, b: number): number {
  if (Object.is(a, b) || a === b) return 0;
  const gap = Math.abs(a - b) / Math.max(1, Math.abs(a), Math.abs(b));
  return Number.isNaN(gap) ? Number.POSITIVE_INFINITY : gap;
}

describe("backend tests of ONNX 1.12", () => {
  it("are loaded, written and loaded again the same, and answer as they did", { timeout: 120_000 }, async (context) => {
    const archive = dataPath(context, "onnx-backend-tests-1.12/data.tar.xz");
    const counts = { models: 0, loaded: 0, asBefore: 0, asPublished: 0 };
    const refused: Record<string, number> = {};
    const wrong: string[] = [];
    for await (const { name, model, inputs, outputs } of backendTests(archive)) {
      counts.models++;
      let graph: Graph;
      try {
        graph = loadModel(model);
      } catch (error) {
        const reason = reasonOf(error);
        refused[reason] = (refused[reason] ?? 0) + 1;
        continue;
      }
      counts.loaded++;
      const written = encodeModel(graph);
      if (!isDeepStrictEqual(loadModel(written), graph)) wrong.push(`${name}: not the same when loaded again`);
      if (isRandom(name)) continue;
      const before = await answer(model, inputs);
      const after = await answer(written, inputs);
      // Another version of an operator may be another kernel, which rounds otherwise.
      const isAs = (expected: readonly (Tensor | undefined)[], bound: number): boolean =>
        expected.length === after?.length &&
        expected.every((value, i) => value !== undefined && difference(value, after[i] as Tensor) <= bound);
      if (before !== undefined) {
        counts.asBefore++;
        if (!isAs(before, 1e-6)) wrong.push(`${name}: not as before`);
      } else if (after !== undefined) {
        counts.asPublished++;
        if (!isAs(outputs, 1e-3)) wrong.push(`${name}: not as published`);
      }
    }
    recordMeasured(context, "ONNX backend tests loaded", `${counts.loaded} of ${counts.models}`);
    recordMeasured(
      context,
      "… that answer as before, and as published where the runtime does not run the old file",
      `${counts.asBefore}, ${counts.asPublished}`,
    );
    expect(wrong).toEqual([]);
    expect(refused).toEqual(Object.fromEntries(refusals.map(([reason, count]) => [String(reason), count])));
    expect(counts).toEqual({ models: 1072, loaded: 1038, asBefore: 970, asPublished: 34 });
  });
});

describe("a classifier of digits of opset 8", () => {
  it("answers as it did, to the last bit", async (context) => {
    const model = await readFile(dataPath(context, "onnx-mnist/opt-mnist.onnx"));
    await using before = await testRuntime.load(model);
    await using after = await testRuntime.load(encodeModel(loadModel(model)));
    const random = createRandom(7, "pictures");
    for (let i = 0; i < scaled(500); i++) {
      const pixels = Float32Array.from({ length: 784 }, () => Math.max(0, 255 * random.normal()));
      const feeds = { Input3: tensor("float32", [1, 1, 28, 28], pixels) };
      expect(await after.run(feeds)).toEqual(await before.run(feeds));
    }
  });
});
