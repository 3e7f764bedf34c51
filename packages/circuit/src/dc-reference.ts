import type { Graph } from "./circuit.ts";

/** Solves a x = b, [size, size] row-major, by Gaussian elimination with partial pivoting; a and b are overwritten, b becomes x. */
function eliminate(a: Float64Array, b: Float64Array): Float64Array {
  const size = b.length;
  for (let k = 0; k < size; k += 1) {
    let best = k;
    for (let r = k + 1; r < size; r += 1)
      if (Math.abs(a[r * size + k] as number) > Math.abs(a[best * size + k] as number)) best = r;
    for (let c = 0; c < size; c += 1) {
      const swapped = a[k * size + c] as number;
      a[k * size + c] = a[best * size + c] as number;
      a[best * size + c] = swapped;
    }
    const held = b[k] as number;
    b[k] = b[best] as number;
    b[best] = held;
    for (let r = k + 1; r < size; r += 1) {
      const ratio = (a[r * size + k] as number) / (a[k * size + k] as number);
      for (let c = k; c < size; c += 1) a[r * size + c] = (a[r * size + c] as number) - ratio * (a[k * size + c] as number);
      b[r] = (b[r] as number) - ratio * (b[k] as number);
    }
  }
  for (let r = size - 1; r >= 0; r -= 1) {
    let sum = b[r] as number;
    for (let c = r + 1; c < size; c += 1) sum -= (a[r * size + c] as number) * (b[c] as number);
    b[r] = sum / (a[r * size + r] as number);
  }
  return b;
}

/**
 * Node voltages [nodes] V of a linear network: Kirchhoff's current law at every free node, V = the given value at every fixed
 * one, solved as one full system. The reference for `createDcSolver`.
 *
 * @param conductances [edges] S
 * @param fixedVoltages [fixed] V
 */
export function solveDcDense(
  graph: Graph,
  conductances: ArrayLike<number>,
  fixed: readonly number[],
  fixedVoltages: ArrayLike<number>,
): Float64Array {
  const size = graph.nodes.length;
  const a = new Float64Array(size * size);
  const b = new Float64Array(size);
  const add = (row: number, column: number, value: number): void => {
    a[row * size + column] = (a[row * size + column] as number) + value;
  };
  for (const [e, { from, to }] of graph.edges.entries()) {
    const g = conductances[e] as number;
    add(from, from, g);
    add(to, to, g);
    add(from, to, -g);
    add(to, from, -g);
  }
  for (const [k, node] of fixed.entries()) {
    a.fill(0, node * size, (node + 1) * size);
    a[node * size + node] = 1;
    b[node] = fixedVoltages[k] as number;
  }
  return eliminate(a, b);
}

/** The clamped state with every held output as one more source; the reference for `DcSolver.clamp`. */
export function clampDcDense(
  graph: Graph,
  conductances: ArrayLike<number>,
  fixed: readonly number[],
  outputs: readonly number[],
  free: Float64Array,
  displacement: ArrayLike<number>,
): Float64Array {
  const held = [...outputs.keys()].filter((k) => !Number.isNaN(displacement[k]));
  const sources = [...fixed, ...held.map((k) => outputs[k] as number)];
  const voltages = [
    ...fixed.map((node) => free[node] as number),
    ...held.map((k) => (free[outputs[k] as number] as number) + (displacement[k] as number)),
  ];
  return solveDcDense(graph, conductances, sources, voltages);
}
