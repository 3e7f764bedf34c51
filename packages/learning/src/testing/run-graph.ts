import { bindOnnxRuntime, encodeModel, type Graph, type GraphRuntime, tensor, type Tensor } from "@ohmwork/autograd";
import * as ort from "onnxruntime-node";

/** ONNX Runtime with its rewriting switched off, so that what runs is what a graph says. */
export const plainRuntime: GraphRuntime = bindOnnxRuntime(ort, { threads: 1, optimization: "disabled" });

/** What a graph of float32 values makes of its inputs, those that it does not take left out. */
export async function runGraph(
  graph: Graph,
  feeds: Readonly<Record<string, ArrayLike<number>>>,
): Promise<Record<string, Float32Array>> {
  await using session = await plainRuntime.load(encodeModel(graph));
  const given: Record<string, Tensor> = {};
  for (const { name, shape } of graph.inputs)
    given[name] = tensor("float32", shape as readonly number[], feeds[name] as ArrayLike<number>);
  const made = await session.run(given);
  return Object.fromEntries(Object.entries(made).map(([name, { data }]) => [name, data as Float32Array]));
}
