import { GraphError } from "../graph-error.ts";
import type { Graph, Value } from "../graph.ts";
import { encodeModel } from "../onnx/encode-model.ts";
import type { GraphRuntime } from "../runtime.ts";
import { type Tensor } from "../tensor.ts";
import { removeDead } from "./remove-dead.ts";
import { chance } from "./share-common.ts";
import { simplify } from "./simplify.ts";

/** Largest result that is written into the graph rather than worked out each time [elements]. */
const LARGEST = 1 << 20;

/**
 * The graph with everything that depends on no input worked out once, by the runtime that will run the rest.
 *
 * @throws GraphError when the runtime cannot run what depends on constants alone
 */
export async function foldConstants(graph: Graph, runtime: GraphRuntime): Promise<Graph> {
  const open = new Set(graph.inputs.map(({ name }) => name));
  const fixed: string[] = [];
  for (const { op, inputs, outputs, attributes } of graph.nodes) {
    const moves = chance.has(op) || Object.values(attributes).some(({ kind }) => kind === "graph");
    const depends = moves || inputs.some((name) => open.has(name));
    for (const name of outputs.filter((output) => output !== "")) {
      if (depends) open.add(name);
      else fixed.push(name);
    }
  }
  const read = new Set(
    graph.nodes.filter(({ outputs }) => outputs.some((name) => open.has(name))).flatMap(({ inputs }) => inputs),
  );
  const wanted = fixed.filter((name) => read.has(name) && !graph.outputs.some((output) => output.name === name));
  if (wanted.length === 0) return simplify(graph);
  const outputs = wanted.map((name): Value => {
    const type = graph.types.get(name);
    if (type === undefined) throw new GraphError(`Value "${name}" has no known type`, { node: name });
    return { name, ...type };
  });
  await using session = await runtime.load(encodeModel(removeDead({ ...graph, inputs: [], outputs })));
  const made = Object.entries(await session.run({})).filter(([, { data }]) => data.length <= LARGEST);
  const constants = new Map<string, Tensor>([...graph.constants, ...made]);
  const done = new Set(made.map(([name]) => name));
  const nodes = graph.nodes.filter(({ outputs: names }) => !(names.length === 1 && done.has(names[0] as string)));
  return simplify({ ...graph, constants, nodes });
}
