import { DisconnectedError } from "./disconnected-error.ts";
import type { EdgeLaw } from "./edge-law.ts";

/** An edge between two nodes, by their indices; current counts from → to. */
export type Edge = { readonly name: string; readonly from: number; readonly to: number; readonly law: EdgeLaw };

/** A network of two-terminal elements. Parallel edges are allowed. */
export type Circuit = { readonly nodes: readonly string[]; readonly edges: readonly Edge[] };

/** What a solver of linear networks needs to know of an edge. */
export type Graph = {
  readonly nodes: readonly string[];
  readonly edges: readonly { readonly from: number; readonly to: number }[];
};

function checkUnique(names: readonly string[], what: string): void {
  const seen = new Set<string>();
  for (const name of names) {
    if (name === "") throw new TypeError(`${what} name is empty`);
    if (seen.has(name)) throw new TypeError(`${what} name used twice: "${name}"`);
    seen.add(name);
  }
}

/** @throws RangeError when an index is not a node of the graph, or when two of them are equal */
export function checkNodes(graph: Graph, indices: readonly number[], what: string): void {
  const seen = new Set<number>();
  for (const index of indices) {
    if (!Number.isInteger(index) || index < 0 || index >= graph.nodes.length)
      throw new RangeError(`${what} node ${index} is not one of the ${graph.nodes.length} nodes`);
    if (seen.has(index)) throw new RangeError(`${what} node "${graph.nodes[index]}" named twice`);
    seen.add(index);
  }
}

/** @throws RangeError when an edge names an unknown node or joins a node to itself */
export function checkEdges(graph: Graph): void {
  for (const [i, edge] of graph.edges.entries()) {
    for (const end of [edge.from, edge.to]) {
      if (!Number.isInteger(end) || end < 0 || end >= graph.nodes.length)
        throw new RangeError(`Edge ${i} ends at node ${end}, which is not one of the ${graph.nodes.length} nodes`);
    }
    if (edge.from === edge.to) throw new RangeError(`Edge ${i} joins node "${graph.nodes[edge.from]}" to itself`);
  }
}

/**
 * A circuit whose names are unique and whose edges end at two different nodes of it.
 *
 * @throws TypeError when a name is empty or used twice
 * @throws RangeError when an edge names an unknown node or joins a node to itself
 */
export function createCircuit(nodes: readonly string[], edges: readonly Edge[]): Circuit {
  const circuit: Circuit = { nodes: [...nodes], edges: edges.map((edge) => ({ ...edge })) };
  checkUnique(circuit.nodes, "Node");
  checkUnique(
    circuit.edges.map((edge) => edge.name),
    "Edge",
  );
  checkEdges(circuit);
  return circuit;
}

/** @throws DisconnectedError naming the first node that no path joins to a fixed node */
export function checkConnected(graph: Graph, fixedNodes: readonly number[]): void {
  const neighbours: number[][] = graph.nodes.map(() => []);
  for (const { from, to } of graph.edges) {
    neighbours[from]?.push(to);
    neighbours[to]?.push(from);
  }
  const reached = new Uint8Array(graph.nodes.length);
  const waiting = [...fixedNodes];
  for (const node of waiting) reached[node] = 1;
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    for (const next of neighbours[node] as number[]) {
      if (reached[next] === 1) continue;
      reached[next] = 1;
      waiting.push(next);
    }
  }
  const floating = reached.indexOf(0);
  if (floating >= 0) throw new DisconnectedError(graph.nodes[floating] as string);
}
