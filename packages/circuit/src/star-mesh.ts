import type { Graph } from "./circuit.ts";
import type { FactorPattern } from "./factor-pattern.ts";
import { orderUnknowns } from "./unknowns.ts";

/** Rounds of refinement: two bring small drops to full digits, the third tells how good the answer is. */
const refinements = 3;

/**
 * Replaces node after node by the mesh of conductances g_ij = g_ik g_kj / Σ g_k that joins its neighbours. Nothing is ever subtracted,
 * so every conductance is right to rounding, however far apart they lie (O'Cinneide, Numer. Math. 65, 109 (1993)).
 *
 * @param mesh conductances along the columns of the pattern [S]; in place, those of each node at its turn
 * @param border conductance of each node to the fixed ones [S]; in place
 * @returns sum of the conductances of each node at its turn [S]
 */
function eliminate({ size, columnStart, rows }: FactorPattern, mesh: Float64Array, border: Float64Array): Float64Array {
  const total = new Float64Array(size);
  for (let k = 0; k < size; k += 1) {
    const stop = columnStart[k + 1] as number;
    let sum = border[k] as number;
    for (let p = columnStart[k] as number; p < stop; p += 1) sum += mesh[p] as number;
    total[k] = sum;
    for (let p = columnStart[k] as number; p < stop; p += 1) {
      const row = rows[p] as number;
      const share = (mesh[p] as number) / sum;
      border[row] = (border[row] as number) + share * (border[k] as number);
      let to = columnStart[row] as number;
      for (let q = p + 1; q < stop; q += 1) {
        while (rows[to] !== rows[q]) to += 1; // the column of a neighbour has every later row of this one
        mesh[to] = (mesh[to] as number) + share * (mesh[q] as number);
      }
    }
  }
  return total;
}

/** Voltages, in place, for the currents that flow into the nodes x [size] A. */
function respond({ size, columnStart, rows }: FactorPattern, mesh: Float64Array, total: Float64Array, x: Float64Array): void {
  for (let k = 0; k < size; k += 1) {
    const part = (x[k] as number) / (total[k] as number);
    for (let p = columnStart[k] as number; p < (columnStart[k + 1] as number); p += 1)
      x[rows[p] as number] = (x[rows[p] as number] as number) + part * (mesh[p] as number);
  }
  for (let k = size - 1; k >= 0; k -= 1) {
    let sum = x[k] as number;
    for (let p = columnStart[k] as number; p < (columnStart[k + 1] as number); p += 1)
      sum += (mesh[p] as number) * (x[rows[p] as number] as number);
    x[k] = sum / (total[k] as number);
  }
}

/**
 * Node voltages [nodes] V and drops [edges] V of a network of conductances, each right to rounding error of its own: for networks
 * that span more decades than a factorisation can bear, at many times its cost. Voltages are kept as a sum of two doubles, so a drop
 * far smaller than the voltages at its ends has its digits too.
 *
 * @param conductances [edges] S; every free node must have a path to a fixed one
 * @param fixedVoltages [fixed] V
 * @returns also `error`, the last correction [V]: large or not a number where even this was not enough
 */
export function solveByStarMesh(
  graph: Graph,
  fixed: readonly number[],
  conductances: Float64Array,
  fixedVoltages: Float64Array,
): { voltages: Float64Array; drops: Float64Array; error: number } {
  const { pattern, nodeAt, positionOf } = orderUnknowns(graph, fixed);
  const { size, columnStart, rows } = pattern;
  const mesh = new Float64Array(rows.length);
  const border = new Float64Array(size);
  for (const [e, { from, to }] of graph.edges.entries()) {
    const g = conductances[e] as number;
    const low = Math.min(positionOf[from] as number, positionOf[to] as number);
    const high = Math.max(positionOf[from] as number, positionOf[to] as number);
    if (high < 0) continue;
    if (low < 0) border[high] = (border[high] as number) + g;
    else {
      const slot = rows.indexOf(high, columnStart[low]);
      mesh[slot] = (mesh[slot] as number) + g;
    }
  }
  const total = eliminate(pattern, mesh, border);

  const voltages = new Float64Array(graph.nodes.length);
  const rest = new Float64Array(graph.nodes.length); // voltages + rest is the voltage
  for (const [k, node] of fixed.entries()) voltages[node] = fixedVoltages[k] as number;
  const drops = new Float64Array(graph.edges.length);
  const x = new Float64Array(size);
  const takeDrops = (): void => {
    for (const [e, { from, to }] of graph.edges.entries())
      drops[e] = (voltages[from] as number) - (voltages[to] as number) + ((rest[from] as number) - (rest[to] as number));
  };
  let error = 0;
  for (let round = 0; round <= refinements; round += 1) {
    takeDrops();
    x.fill(0);
    for (const [e, { from, to }] of graph.edges.entries()) {
      const current = (conductances[e] as number) * (drops[e] as number);
      const a = positionOf[from] as number;
      const b = positionOf[to] as number;
      if (a >= 0) x[a] = (x[a] as number) - current;
      if (b >= 0) x[b] = (x[b] as number) + current;
    }
    respond(pattern, mesh, total, x);
    error = 0;
    for (let k = 0; k < size; k += 1) {
      const node = nodeAt[k] as number;
      const correction = x[k] as number;
      if (!(Math.abs(correction) <= error)) error = Math.abs(correction);
      const old = voltages[node] as number;
      const low = (rest[node] as number) + correction;
      const sum = old + low;
      const back = sum - old;
      voltages[node] = sum;
      rest[node] = old - (sum - back) + (low - back); // what the sum has rounded away (Knuth's two-sum)
    }
  }
  takeDrops();
  return { voltages, drops, error };
}
