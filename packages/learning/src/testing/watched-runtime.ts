import { bindOnnxRuntime, type GraphRuntime } from "@ohmwork/autograd";
import * as ort from "onnxruntime-node";

/** A runtime that tells how often graphs ran and how many are still loaded. */
export type WatchedRuntime = GraphRuntime & { readonly runs: () => number; readonly open: () => number };

/** ONNX Runtime on one thread, watched. */
export function watchedRuntime(): WatchedRuntime {
  const runtime = bindOnnxRuntime(ort, { threads: 1 });
  let [runs, open] = [0, 0];
  return {
    async load(model) {
      const session = await runtime.load(model);
      open += 1;
      return {
        ...session,
        run(feeds, fetches) {
          runs += 1;
          return session.run(feeds, fetches);
        },
        async [Symbol.asyncDispose]() {
          open -= 1;
          await session[Symbol.asyncDispose]();
        },
      };
    },
    runs: () => runs,
    open: () => open,
  };
}
