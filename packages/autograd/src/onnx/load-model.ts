import { GraphError } from "../graph-error.ts";
import { type Graph, OPSET } from "../graph.ts";
import { checkGraph } from "./check-graph.ts";
import { decodeMessage, type Message } from "./message.ts";
import { readFunctions } from "./inline-call.ts";
import { raiseGraph } from "./raise/raise-graph.ts";
import { readGraph } from "./read-graph.ts";
import { modelTable, opsetTable } from "./tables.ts";

/**
 * The graph in an ONNX file, raised to the operators of opset 21. Constants are constants however the file keeps them, also
 * those it offers to let a caller replace.
 *
 * @throws GraphError when the bytes are no ONNX model or it uses what is not supported; the message names it
 */
export function loadModel(bytes: Uint8Array): Graph {
  const model = decodeMessage(bytes, modelTable);
  if (model.graph === undefined) throw new GraphError("Model holds no graph: it is corrupt or not ONNX");
  if (model.training.length > 0) throw new GraphError("Model holds training steps of its own, which is not supported");
  const { version, domains } = opsetsOf(model);
  const functions = readFunctions(model.functions, version);
  const graph = raiseGraph(readGraph(model.graph, { domains, functions, calls: { count: 0 }, depth: 0 }), version);
  checkGraph(graph);
  return { ...graph, domains: Object.fromEntries(Object.entries(domains).filter(([domain]) => isOf(graph, domain))) };
}

/** Whether a node is of this set of operators; that of functions is left by no call. */
function isOf(graph: Graph, domain: string): boolean {
  return graph.nodes.some(
    (node) =>
      node.domain === domain ||
      Object.values(node.attributes).some((attribute) => attribute.kind === "graph" && isOf(attribute.value, domain)),
  );
}

function opsetsOf(model: Message<typeof modelTable>): { version: number; domains: Record<string, number> } {
  let version: number | undefined;
  const domains: Record<string, number> = {};
  for (const item of model.opsets) {
    const { domain = "", version: given = 0 } = decodeMessage(item, opsetTable);
    if (domain === "" || domain === "ai.onnx") version = given;
    else domains[domain] = given;
  }
  // A model that uses operators of other sets only need not name this one; the files of the first version did not either.
  return { version: version ?? (model.opsets.length > 0 ? OPSET : 1), domains };
}
