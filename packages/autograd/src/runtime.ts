import type { Tensor } from "./tensor.ts";

/** What runs graphs; `bindOnnxRuntime` makes one of onnxruntime-node or onnxruntime-web. */
export interface GraphRuntime {
  /** @throws GraphError when the model is not one the runtime can run */
  load(model: Uint8Array): Promise<GraphSession>;
}

/** A graph that is ready to run. */
export interface GraphSession extends AsyncDisposable {
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /**
   * All outputs, or only those named in `fetches`.
   *
   * @throws GraphError when an input is missing or of the wrong shape
   */
  run(feeds: Readonly<Record<string, Tensor>>, fetches?: readonly string[]): Promise<Record<string, Tensor>>;
}
