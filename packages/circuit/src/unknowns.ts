import type { Graph } from "./circuit.ts";
import { analysePattern, type FactorPattern } from "./factor-pattern.ts";

/** The free nodes of a network in their order of elimination. */
export type Unknowns = {
  readonly pattern: FactorPattern;
  /** Node at each elimination position. */
  readonly nodeAt: Int32Array;
  /** Elimination position of each node, −1 where the node is fixed. */
  readonly positionOf: Int32Array;
  /** Index among the fixed nodes of each node, −1 where the node is free. */
  readonly fixedIndex: Int32Array;
};

/** Orders the free nodes so that the factor stays sparse; the nodes of `last` come last. */
export function orderUnknowns(graph: Graph, fixed: readonly number[], last: readonly number[] = []): Unknowns {
  const fixedIndex = new Int32Array(graph.nodes.length).fill(-1);
  for (const [k, node] of fixed.entries()) fixedIndex[node] = k;
  const variableOf = new Int32Array(graph.nodes.length).fill(-1);
  const free: number[] = [];
  for (const node of graph.nodes.keys()) {
    if ((fixedIndex[node] as number) >= 0) continue;
    variableOf[node] = free.length;
    free.push(node);
  }
  const joined = free.map(() => new Set<number>());
  for (const { from, to } of graph.edges) {
    const a = variableOf[from] as number;
    const b = variableOf[to] as number;
    if (a < 0 || b < 0) continue;
    joined[a]?.add(b);
    joined[b]?.add(a);
  }
  const pattern = analysePattern(
    joined.map((set) => [...set]),
    last.map((node) => variableOf[node] as number),
  );
  return {
    pattern,
    nodeAt: pattern.variableAt.map((variable) => free[variable] as number),
    positionOf: variableOf.map((variable) => (variable < 0 ? -1 : (pattern.positionOf[variable] as number))),
    fixedIndex,
  };
}
