import { type Graph, encodeModel, type GraphRuntime, type GraphSession, type Tensor } from "@ohmwork/autograd";

/** A device's physics as a graph of one output that a runtime works out. */
export interface GraphKernel extends AsyncDisposable {
  /** The output's numbers. */
  run(feeds: Readonly<Record<string, Tensor>>): Promise<Float32Array>;
}

/** Builds and loads the graph when it is first run: a device that is never asked costs no session. */
export function createGraphKernel(runtime: GraphRuntime, build: () => Graph): GraphKernel {
  let session: Promise<GraphSession> | undefined;
  const running = new Set<Promise<unknown>>();
  const run = async (feeds: Readonly<Record<string, Tensor>>): Promise<Float32Array> => {
    session ??= runtime.load(encodeModel(build()));
    const [result] = Object.values(await (await session).run(feeds));
    return (result as Tensor).data as Float32Array;
  };
  return {
    run: async (feeds) => {
      const result = run(feeds);
      running.add(result);
      try {
        return await result;
      } finally {
        running.delete(result);
      }
    },
    [Symbol.asyncDispose]: async () => {
      // A runtime may work beside this thread, and says nothing of what becomes of a run whose session is released.
      await Promise.allSettled(running);
      // What could not be loaded said so when it was run.
      const loaded = await session?.catch(() => undefined);
      session = undefined;
      await loaded?.[Symbol.asyncDispose]();
    },
  };
}
