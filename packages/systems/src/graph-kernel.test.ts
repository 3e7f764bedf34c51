import { createBuilder, type Graph, GraphError, type GraphRuntime, type GraphSession, tensor } from "@ohmwork/autograd";
import { testRuntime } from "@ohmwork/autograd/testing";
import { describe, expect, it } from "vitest";
import { createGraphKernel } from "./graph-kernel.ts";

function double(): Graph {
  const g = createBuilder();
  return g.build({ outputs: [g.mul(g.input("x", "float32", ["n"]), 2)] });
}

const feeds = { x: tensor("float32", [2], [1, -3]) };

/** Notes what happens to its sessions, in order. */
function createWatchedRuntime(): { runtime: GraphRuntime; seen: string[] } {
  const seen: string[] = [];
  const load = async (model: Uint8Array): Promise<GraphSession> => {
    seen.push("load");
    const session = await testRuntime.load(model);
    return {
      inputs: session.inputs,
      outputs: session.outputs,
      run: async (given) => {
        const result = await session.run(given);
        seen.push("ran");
        return result;
      },
      [Symbol.asyncDispose]: async () => {
        seen.push("released");
        await session[Symbol.asyncDispose]();
      },
    };
  };
  return { runtime: { load }, seen };
}

describe("createGraphKernel()", () => {
  it("loads its graph once, when it is first run", async () => {
    const { runtime, seen } = createWatchedRuntime();
    {
      await using kernel = createGraphKernel(runtime, double);
      expect(seen).toEqual([]);
      expect(await Promise.all([kernel.run(feeds), kernel.run(feeds)])).toEqual([Float32Array.of(2, -6), Float32Array.of(2, -6)]);
    }
    expect(seen).toEqual(["load", "ran", "ran", "released"]);
  });

  it("lets its graph go only after the runs that are under way", async () => {
    const { runtime, seen } = createWatchedRuntime();
    const kernel = createGraphKernel(runtime, double);
    const runs = [kernel.run(feeds), kernel.run(feeds)];
    await kernel[Symbol.asyncDispose]();
    expect(seen).toEqual(["load", "ran", "ran", "released"]);
    await Promise.all(runs);
  });

  it("has nothing to let go of where nothing was loaded", async () => {
    const { runtime, seen } = createWatchedRuntime();
    await createGraphKernel(runtime, double)[Symbol.asyncDispose]();
    expect(seen).toEqual([]);
    const broken: GraphRuntime = { load: async () => Promise.reject(new GraphError("No such runtime")) };
    await using kernel = createGraphKernel(broken, double);
    await expect(kernel.run(feeds)).rejects.toThrow("No such runtime");
  });
});
