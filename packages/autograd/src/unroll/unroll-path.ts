import { createBuilder } from "../builder.ts";
import type { Graph, Node } from "../graph.ts";
import { readByBodies } from "../simplify/remove-dead.ts";
import { isFloat } from "../tensor.ts";
import { isUnrollable, unroll } from "./unroll.ts";

/**
 * The graph with loops, branches and recurrent nodes written out wherever they stand between `by` and `of`, but for operators
 * with rules of the user's own.
 */
export function unrollPath(graph: Graph, of: string, by: readonly string[], rules?: ReadonlyMap<string, unknown>): Graph {
  if (!graph.nodes.some(isUnrollable)) return graph;
  const builder = createBuilder(graph);
  const reads = (node: Node): string[] => [...node.inputs, ...readByBodies(node.attributes)];
  const reached = new Set(by);
  const leading = new Set([of]);
  for (const node of graph.nodes) {
    if (!reads(node).some((name) => reached.has(name))) continue;
    // No gradient goes on from sizes and comparisons.
    for (const name of node.outputs) if (name !== "" && isFloat(builder.value(name).type)) reached.add(name);
  }
  for (const node of graph.nodes.toReversed()) {
    if (node.outputs.some((name) => leading.has(name))) for (const name of reads(node)) leading.add(name);
  }
  const aside = new Set(graph.nodes.flatMap(({ outputs }) => outputs).filter((name) => !reached.has(name) || !leading.has(name)));
  return unroll(graph, ({ op, outputs }) => rules?.has(op) !== true && outputs.some((name) => name !== "" && !aside.has(name)));
}
