import type { GraphRuntime, GraphSession } from "@ohmwork/autograd";
import { describe, expect, it } from "vitest";
import { shareSessions } from "./share-sessions.ts";

/** A runtime that counts; a model of nothing cannot be loaded. */
function countingRuntime(): { readonly runtime: GraphRuntime; readonly counts: { loaded: number; open: number } } {
  const counts = { loaded: 0, open: 0 };
  const session: GraphSession = {
    inputs: ["x"],
    outputs: ["y"],
    run: async ({ x }) => ({ y: x as NonNullable<typeof x> }),
    [Symbol.asyncDispose]: async () => void (counts.open -= 1),
  };
  const load = async (model: Uint8Array): Promise<GraphSession> => {
    counts.loaded += 1;
    if (model.length === 0) throw new RangeError("Nothing to load");
    counts.open += 1;
    return session;
  };
  return { runtime: { load }, counts };
}

describe("shareSessions()", () => {
  it("loads equal models once, and closes one after its last user", async () => {
    const { runtime, counts } = countingRuntime();
    const shared = shareSessions(runtime);
    const [a, b, c] = await Promise.all(
      [Uint8Array.of(1), Uint8Array.of(1), Uint8Array.of(2)].map((model) => shared.load(model)),
    );
    expect(counts).toEqual({ loaded: 2, open: 2 });
    await a?.[Symbol.asyncDispose]();
    await a?.[Symbol.asyncDispose]();
    await expect(a?.run({})).rejects.toThrow(TypeError);
    const x = { type: "float32", shape: [1], data: Float32Array.of(3) } as const;
    expect(await b?.run({ x }, ["y"])).toEqual({ y: x });
    expect(counts.open).toBe(2);
    await b?.[Symbol.asyncDispose]();
    expect(counts.open).toBe(1);
    await using again = await shared.load(Uint8Array.of(1));
    expect(again.inputs).toEqual(["x"]);
    expect(counts).toEqual({ loaded: 3, open: 2 });
    await c?.[Symbol.asyncDispose]();
  });

  it("tries again what could not be loaded", async () => {
    const { runtime, counts } = countingRuntime();
    const shared = shareSessions(runtime);
    await expect(shared.load(new Uint8Array(0))).rejects.toThrow("Nothing to load");
    await expect(shared.load(new Uint8Array(0))).rejects.toThrow("Nothing to load");
    expect(counts).toEqual({ loaded: 2, open: 0 });
  });
});
