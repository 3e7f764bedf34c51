import { checkConnected, checkEdges, checkNodes, type Graph } from "./circuit.ts";
import { createDenseFactor } from "./dense-factor.ts";
import { DisconnectedError } from "./disconnected-error.ts";
import { createPartialClamp } from "./partial-clamp.ts";
import { createSparseFactor } from "./sparse-factor.ts";
import type { SymmetricFactor } from "./symmetric-factor.ts";
import { orderUnknowns } from "./unknowns.ts";

/** Solves a network of conductances for its node voltages. Arrays are in the order of nodes, edges, fixed nodes and outputs given. */
export interface DcSolver {
  /** Nodes whose voltage is not fixed. */
  readonly unknowns: number;
  /** Memory held by matrix, factor and index lists [bytes]. */
  readonly bytes: number;
  /**
   * Factors the network; conductances [edges] S, 0 for an edge that is cut. After an error here or in `changeEdge` the solver holds
   * the conductances it was given, and the next call that needs the factorisation makes it anew, or throws the same.
   *
   * @throws DisconnectedError when no conductance is left between a node and the fixed nodes
   * @throws RangeError when a conductance is negative or not finite
   */
  factor(conductances: Float64Array): void;
  /** Node voltages [nodes] V for the fixed voltages [fixed] V. */
  solve(fixedVoltages: Float64Array, voltages: Float64Array): void;
  /** The same for many rows at once: fixed voltages [rows, fixed] V to node voltages [rows, nodes] V. */
  solveMany(fixedVoltages: Float64Array, voltages: Float64Array, rows: number): void;
  /**
   * Clamped state from the same factorisation: output k is held displacement[k] volts from where it is in `free`, or left free
   * where that is NaN, and every other node settles. free [nodes] V, displacement [outputs] V, voltages [nodes] V (may be `free`).
   */
  clamp(free: Float64Array, displacement: Float64Array, voltages: Float64Array): void;
  /**
   * One conductance changes, all others stay: a rank-one change of the factorisation, or a new one where that would lose digits.
   *
   * @throws DisconnectedError when the change leaves no conductance between a node and the fixed nodes
   */
  changeEdge(edge: number, conductance: number): void;
}

/** Up to this many unknowns the full matrix is faster than the sparse one (measured on lattices). */
const largestDense = 24;

/** Right-hand sides that share one pass over the factor; a cache line of doubles. */
const blockWidth = 8;

/**
 * Prepares the solver: order of elimination and nonzeros of the factor are found once, then `factor` and `solve` allocate nothing.
 * Outputs are eliminated last, so that clamping them takes a back substitution only.
 *
 * @throws DisconnectedError when an unknown node has no path to a fixed one
 * @throws RangeError when a fixed node or output is not a node, is named twice, or an output is fixed
 */
export function createDcSolver(graph: Graph, fixed: readonly number[], outputs: readonly number[] = []): DcSolver {
  checkEdges(graph);
  checkNodes(graph, fixed, "Fixed");
  checkNodes(graph, outputs, "Output");
  checkConnected(graph, fixed);
  for (const node of outputs) {
    if (fixed.includes(node)) throw new RangeError(`Output node "${graph.nodes[node]}" is a fixed node`);
  }
  const { pattern, nodeAt, positionOf, fixedIndex } = orderUnknowns(graph, fixed, outputs);
  const nodeCount = graph.nodes.length;
  const size = pattern.size;
  const matrix: SymmetricFactor = size <= largestDense ? createDenseFactor(size) : createSparseFactor(pattern);
  const values = matrix.values;
  const fixedNodes = Int32Array.from(fixed);
  const firstOutput = size - outputs.length;

  // Edges between two unknowns, and edges between an unknown and a fixed node: what each adds, and where.
  const edgeCount = graph.edges.length;
  const inner: number[] = [];
  const border: number[] = [];
  const high = new Int32Array(edgeCount).fill(-1);
  const low = new Int32Array(edgeCount).fill(-1);
  for (const [e, { from, to }] of graph.edges.entries()) {
    const a = positionOf[from] as number;
    const b = positionOf[to] as number;
    high[e] = Math.max(a, b);
    low[e] = Math.min(a, b);
    if (low[e] >= 0) inner.push(e);
    else if (high[e] >= 0) border.push(e);
  }
  const innerEdge = Int32Array.from(inner);
  const innerHigh = innerEdge.map((e) => matrix.slotOf(high[e] as number, high[e] as number));
  const innerLow = innerEdge.map((e) => matrix.slotOf(low[e] as number, low[e] as number));
  const innerSlot = innerEdge.map((e) => matrix.slotOf(high[e] as number, low[e] as number));
  const borderEdge = Int32Array.from(border);
  const borderPosition = borderEdge.map((e) => high[e] as number);
  const borderSlot = borderPosition.map((position) => matrix.slotOf(position, position));
  const borderFixed = borderEdge.map((e) => {
    const { from, to } = graph.edges[e] as { from: number; to: number };
    return Math.max(fixedIndex[from] as number, fixedIndex[to] as number);
  });

  const held = new Float64Array(edgeCount); // conductances of the present factorisation
  const x = new Float64Array(size);
  const block = new Float64Array(size * blockWidth);
  const partial = outputs.length > 0 ? createPartialClamp(matrix, outputs.length) : undefined;

  /** Edges that may all be cut at once with every node still connected, as found by the last search. */
  const spare = new Uint8Array(edgeCount);
  let factored = false;

  /** Rounding hides in the pivots that a part of the network was cut off, so zeros are looked at as a graph, when they are new. */
  const checkCuts = (): void => {
    let anyNew = false;
    for (let e = 0; e < edgeCount; e += 1) if (held[e] === 0 && spare[e] === 0) anyNew = true;
    if (!anyNew) return;
    checkConnected({ nodes: graph.nodes, edges: graph.edges.filter((_, e) => held[e] !== 0) }, fixed);
    for (let e = 0; e < edgeCount; e += 1) spare[e] = held[e] === 0 ? 1 : 0;
  };

  const assemble = (): void => {
    factored = false;
    checkCuts();
    if (size <= largestDense) for (let i = 0; i < values.length; i += 1) values[i] = 0; // a call of fill costs more than this
    else values.fill(0);
    for (let t = 0; t < innerEdge.length; t += 1) {
      const g = held[innerEdge[t] as number] as number;
      const a = innerHigh[t] as number;
      const b = innerLow[t] as number;
      const s = innerSlot[t] as number;
      values[a] = (values[a] as number) + g;
      values[b] = (values[b] as number) + g;
      values[s] = (values[s] as number) - g;
    }
    for (let t = 0; t < borderEdge.length; t += 1) {
      const a = borderSlot[t] as number;
      values[a] = (values[a] as number) + (held[borderEdge[t] as number] as number);
    }
    const singular = matrix.factor();
    if (singular >= 0) throw new DisconnectedError(graph.nodes[nodeAt[singular] as number] as string);
    factored = true;
  };

  const factor = (conductances: Float64Array): void => {
    factored = false;
    for (let e = 0; e < edgeCount; e += 1) {
      const g = conductances[e] as number;
      if (!(g >= 0 && g < Infinity)) throw new RangeError(`Conductance of edge ${e} must be 0 S or more and finite: ${g}`);
      held[e] = g;
    }
    assemble();
  };

  const solve = (fixedVoltages: Float64Array, voltages: Float64Array): void => {
    if (!factored) assemble();
    for (let i = 0; i < size; i += 1) x[i] = 0;
    for (let t = 0; t < borderEdge.length; t += 1) {
      const at = borderPosition[t] as number;
      x[at] = (x[at] as number) + (held[borderEdge[t] as number] as number) * (fixedVoltages[borderFixed[t] as number] as number);
    }
    matrix.solve(x, 1);
    for (let i = 0; i < size; i += 1) voltages[nodeAt[i] as number] = x[i] as number;
    for (let k = 0; k < fixedNodes.length; k += 1) voltages[fixedNodes[k] as number] = fixedVoltages[k] as number;
  };

  const solveMany = (fixedVoltages: Float64Array, voltages: Float64Array, rows: number): void => {
    if (!factored) assemble();
    const fixedCount = fixedNodes.length;
    for (let done = 0; done < rows; done += blockWidth) {
      const width = Math.min(blockWidth, rows - done);
      block.fill(0);
      for (let t = 0; t < borderEdge.length; t += 1) {
        const at = (borderPosition[t] as number) * width;
        const source = done * fixedCount + (borderFixed[t] as number);
        const g = held[borderEdge[t] as number] as number;
        for (let r = 0; r < width; r += 1)
          block[at + r] = (block[at + r] as number) + g * (fixedVoltages[source + r * fixedCount] as number);
      }
      matrix.solve(block, width);
      for (let r = 0; r < width; r += 1) {
        const row = (done + r) * nodeCount;
        for (let i = 0; i < size; i += 1) voltages[row + (nodeAt[i] as number)] = block[i * width + r] as number;
        for (let k = 0; k < fixedCount; k += 1)
          voltages[row + (fixedNodes[k] as number)] = fixedVoltages[(done + r) * fixedCount + k] as number;
      }
    }
  };

  const clamp = (free: Float64Array, displacement: Float64Array, voltages: Float64Array): void => {
    if (!factored) assemble();
    let someFree = false;
    for (let k = firstOutput; k < size; k += 1) {
      const d = displacement[k - firstOutput] as number;
      x[k] = d;
      if (d !== d) someFree = true;
    }
    if (someFree) partial?.(x);
    matrix.spread(x, firstOutput);
    for (let k = 0; k < fixedNodes.length; k += 1) {
      const node = fixedNodes[k] as number;
      voltages[node] = free[node] as number;
    }
    for (let i = 0; i < size; i += 1) {
      const node = nodeAt[i] as number;
      voltages[node] = (free[node] as number) + (x[i] as number);
    }
  };

  const changeEdge = (edge: number, conductance: number): void => {
    const old = held[edge];
    if (old === undefined) throw new RangeError(`Edge ${edge} is not one of the ${edgeCount} edges`);
    if (!(conductance >= 0 && conductance < Infinity))
      throw new RangeError(`Conductance of edge ${edge} must be 0 S or more and finite: ${conductance}`);
    held[edge] = conductance;
    const i = high[edge] as number;
    if (i < 0 || conductance === old || !factored) return;
    if (conductance === 0 && spare[edge] === 0) {
      factored = false; // should the cut throw
      checkCuts();
      factored = true;
    }
    if (!matrix.change(i, low[edge] as number, conductance - old)) assemble();
  };

  const lists = [
    held,
    spare,
    x,
    block,
    innerEdge,
    innerHigh,
    innerLow,
    innerSlot,
    borderEdge,
    borderPosition,
    borderSlot,
    borderFixed,
  ];
  const bytes = matrix.bytes + [...lists, high, low, nodeAt, fixedNodes].reduce((sum, list) => sum + list.byteLength, 0);
  return { unknowns: size, bytes, factor, solve, solveMany, clamp, changeEdge };
}
