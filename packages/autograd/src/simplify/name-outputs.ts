import type { Graph } from "../graph.ts";
import { readByBodies } from "./remove-dead.ts";

/** The graph whose outputs are named where they are made, rather than by an identity after it. */
export function nameOutputs(graph: Graph): Graph {
  const taken = new Set([...graph.inputs, ...graph.outputs].map(({ name }) => name).concat([...graph.constants.keys()]));
  for (const node of graph.nodes) for (const name of readByBodies(node.attributes)) taken.add(name);
  const outputs = new Set(graph.outputs.map(({ name }) => name));
  const called = new Map<string, string>();
  const nodes = graph.nodes.filter(({ op, domain, inputs, outputs: [own = ""] }) => {
    const [from = ""] = inputs;
    if (op !== "Identity" || domain !== "" || !outputs.has(own) || taken.has(from) || called.has(from)) return true;
    called.set(from, own);
    return false;
  });
  if (called.size === 0) return graph;
  const rename = (name: string): string => called.get(name) ?? name;
  return {
    ...graph,
    nodes: nodes.map((node) => ({ ...node, inputs: node.inputs.map(rename), outputs: node.outputs.map(rename) })),
  };
}
