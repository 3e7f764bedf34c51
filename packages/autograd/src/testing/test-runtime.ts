import * as ort from "onnxruntime-node";
import { bindOnnxRuntime } from "../bind-onnx-runtime.ts";
import type { GraphRuntime } from "../runtime.ts";

/** ONNX Runtime on one thread with its rewriting switched off, so that what runs is what the graph says. */
export const testRuntime: GraphRuntime = bindOnnxRuntime(ort, { threads: 1, optimization: "disabled" });
