import { checkNodes, type Graph } from "./circuit.ts";
import { createDcSolver } from "./dc-solver.ts";

/** A network of conductances whose free nodes have a capacitance to 0 V, moved on in time. */
export interface Transient {
  /**
   * Moves node voltages [nodes] V on by one step; their entries at fixed nodes become fixedVoltages [fixed] V, which hold during
   * the whole step. Conductances [edges] S may differ from step to step, so a network can learn while it settles.
   *
   * @throws RangeError when the step is not above 0
   */
  step(conductances: Float64Array, fixedVoltages: Float64Array, voltages: Float64Array, dtSeconds: number): void;
}

/**
 * γ = 1 − 1/√2 makes the two-stage singly diagonally implicit Runge–Kutta method of second order and L-stable
 * (Alexander, SIAM J. Numer. Anal. 14, 1006 (1977)): no step is too long to be stable, no history to be reset when a conductance jumps.
 */
const gamma = 1 - Math.SQRT1_2;

/**
 * Implicit transient solver of second order, one factorisation and two solves per step. In each stage a capacitor is a conductance
 * C / (γ·dt) to a source at the voltage it comes from, so the solver is that of DC. A node without capacitance follows at once.
 *
 * @param capacitancesFarads [nodes]; entries at fixed nodes do not count
 * @throws DisconnectedError when a free node has no path to a fixed one
 * @throws RangeError when a capacitance is negative or not finite
 */
export function createTransient(graph: Graph, fixed: readonly number[], capacitancesFarads: ArrayLike<number>): Transient {
  checkNodes(graph, fixed, "Fixed");
  const charged: number[] = [];
  for (const node of graph.nodes.keys()) {
    const farads = capacitancesFarads[node] as number;
    if (!(farads >= 0 && farads < Infinity))
      throw new RangeError(`Capacitance of node "${graph.nodes[node]}" must be 0 F or more: ${farads}`);
    if (farads > 0 && !fixed.includes(node)) charged.push(node);
  }
  const nodeCount = graph.nodes.length;
  const edgeCount = graph.edges.length;
  const companion: Graph = {
    nodes: [...graph.nodes, ...charged.map((node) => `past of ${graph.nodes[node]}`)],
    edges: [...graph.edges, ...charged.map((node, k) => ({ from: nodeCount + k, to: node }))],
  };
  const solver = createDcSolver(companion, [...fixed, ...charged.map((_, k) => nodeCount + k)]);
  const g = new Float64Array(companion.edges.length);
  const sources = new Float64Array(fixed.length + charged.length);
  const stage = new Float64Array(companion.nodes.length);

  const step = (conductances: Float64Array, fixedVoltages: Float64Array, voltages: Float64Array, dtSeconds: number): void => {
    if (!(dtSeconds > 0)) throw new RangeError(`Time step must be above 0 s: ${dtSeconds}`);
    for (let e = 0; e < edgeCount; e += 1) g[e] = conductances[e] as number;
    for (let k = 0; k < charged.length; k += 1) {
      const node = charged[k] as number;
      g[edgeCount + k] = (capacitancesFarads[node] as number) / (gamma * dtSeconds);
      sources[fixed.length + k] = voltages[node] as number;
    }
    for (let k = 0; k < fixed.length; k += 1) sources[k] = fixedVoltages[k] as number;
    solver.factor(g);
    solver.solve(sources, stage);
    for (let k = 0; k < charged.length; k += 1) {
      const node = charged[k] as number;
      const start = voltages[node] as number;
      sources[fixed.length + k] = start + ((1 - gamma) / gamma) * ((stage[node] as number) - start);
    }
    solver.solve(sources, stage);
    for (let node = 0; node < nodeCount; node += 1) voltages[node] = stage[node] as number;
  };
  return { step };
}
