import type { Graph, Node } from "../graph.ts";
import { rewriteNodes } from "./rewrite.ts";
import { taskOf } from "./share-common.ts";

/** Operators whose first output is the same however many others are asked for. */
const growing = new Set(["MaxPool"]);

/**
 * The graph with nodes that do the same to the same done once also where one of them is asked for more: a pooling makes the
 * places that only its gradient needs as it pools.
 */
export function shareOutputs(graph: Graph): Graph {
  const kept = new Set(graph.outputs.map(({ name }) => name));
  const fullest = new Map<string, Node>();
  for (const node of graph.nodes) {
    if (!growing.has(node.op) || node.outputs.length < 2 || kept.has(node.outputs[0] as string)) continue;
    if (!fullest.has(taskOf(node))) fullest.set(taskOf(node), node);
  }
  if (fullest.size === 0) return graph;
  const done = new Map<string, string>();
  return rewriteNodes(graph, (node) => {
    const task = taskOf(node);
    const full = fullest.get(task);
    const [own = "", ...others] = node.outputs;
    if (full === undefined || (others.length > 0 && own !== full.outputs[0])) return undefined;
    const before = done.get(task);
    if (before !== undefined) return before;
    done.set(task, own);
    return { ...node, outputs: [own, ...full.outputs.slice(1)] };
  });
}
