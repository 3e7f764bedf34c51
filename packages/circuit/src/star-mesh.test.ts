import { createRandom, type Random } from "@ohmwork/core";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Graph } from "./circuit.ts";
import { solveDcDense } from "./dc-reference.ts";
import { solveByStarMesh } from "./star-mesh.ts";
import { openLattice, randomGraph, type Topology } from "./topology.ts";

function graphOf({ nodes, edges }: Topology): Graph {
  return { nodes, edges: edges.map(([from, to]) => ({ from, to })) };
}

/** Solves a x = b in whole numbers, by Gauss–Jordan elimination without fractions (Bareiss, Math. Comp. 22, 565 (1968)). */
function exactSolution(a: readonly bigint[][], b: readonly bigint[]): { numerators: bigint[]; denominator: bigint } {
  const rows = a.map((row, r) => [...row, b[r] as bigint]);
  let previous = 1n;
  for (const [k, pivotRow] of rows.entries()) {
    const pivot = pivotRow[k] as bigint;
    for (const [r, row] of rows.entries()) {
      const factor = row[k] as bigint;
      if (r !== k) rows[r] = row.map((value, c) => (value * pivot - factor * (pivotRow[c] as bigint)) / previous);
    }
    previous = pivot;
  }
  return { numerators: rows.map((row) => row.at(-1) as bigint), denominator: previous };
}

/** Ratio of two whole numbers, to all digits of a double. */
function ratio(numerator: bigint, denominator: bigint): number {
  const shift = 2n ** 1000n;
  return Number((numerator * shift) / denominator) / 2 ** 500 / 2 ** 500;
}

/** Node voltages and drops in exact arithmetic, for conductances that are powers of two and node 0 at 1 V, node 1 at 0 V. */
function exactState(graph: Graph, exponents: readonly number[]): { voltages: number[]; drops: number[] } {
  const size = graph.nodes.length;
  const a = graph.nodes.map(() => graph.nodes.map(() => 0n));
  for (const [e, { from, to }] of graph.edges.entries()) {
    const g = 2n ** BigInt(exponents[e] as number);
    for (const [i, j] of [
      [from, to],
      [to, from],
    ] as const) {
      // prettier-ignore
      (a[i] as bigint[])[i] = (a[i]?.[i] as bigint) + g;
      (a[i] as bigint[])[j] = (a[i]?.[j] as bigint) - g;
    }
  }
  const free = a.slice(2);
  const { numerators, denominator } = exactSolution(
    free.map((row) => row.slice(2)),
    free.map((row) => -(row[0] as bigint)),
  );
  const all = [denominator, 0n, ...numerators.slice(0, size - 2)];
  return {
    voltages: all.map((value) => ratio(value, denominator)),
    drops: graph.edges.map(({ from, to }) => ratio((all[from] as bigint) - (all[to] as bigint), denominator)),
  };
}

function exponentsOf(graph: Graph, decades: number, random: Random): number[] {
  return graph.edges.map(() => random.below(Math.ceil(decades * Math.log2(10))));
}

describe("solveByStarMesh", () => {
  it("agrees with exact arithmetic in every voltage and every current, over up to 24 decades of conductance", () => {
    fc.assert(
      fc.property(fc.nat(1e6), fc.integer({ min: 3, max: 9 }), fc.constantFrom(6, 15, 24), (seed, nodes, decades) => {
        const random = createRandom(seed, "star mesh");
        const graph = graphOf(randomGraph(nodes, Math.min(2.5, nodes - 1), random));
        const exponents = exponentsOf(graph, decades, random);
        const exact = exactState(graph, exponents);
        const conductances = Float64Array.from(exponents, (k) => 2 ** k);
        const { voltages, drops, error } = solveByStarMesh(graph, [0, 1], conductances, Float64Array.of(1, 0));
        for (const [i, value] of exact.voltages.entries()) expect(Math.abs((voltages[i] as number) - value)).toBeLessThan(1e-15);
        const largest = Math.max(...exact.drops.map((drop, e) => Math.abs(drop) * (conductances[e] as number)));
        // 1e-31 V is where the digits of two doubles end
        for (const [e, value] of exact.drops.entries())
          expect(Math.abs((drops[e] as number) - value)).toBeLessThan((1e-13 * largest) / (conductances[e] as number) + 1e-31);
        expect(error).toBeLessThan(1e-15);
      }),
      { numRuns: 400 },
    );
  });

  it("agrees with the full reference on larger networks, parallel edges among them", () => {
    for (const topology of [openLattice(9, 11), randomGraph(80, 4, createRandom(2, "reference"))]) {
      const random = createRandom(1, topology.nodes.length.toString());
      const graph = graphOf({ ...topology, edges: [...topology.edges, ...topology.edges.slice(0, 9)] });
      const conductances = Float64Array.from(graph.edges, () => 10 ** (random.uniform() * 3 - 5));
      const fixedVoltages = Float64Array.of(3, -1, 0.5);
      const wanted = solveDcDense(graph, conductances, [0, 7, 30], fixedVoltages);
      const { voltages, drops } = solveByStarMesh(graph, [0, 7, 30], conductances, fixedVoltages);
      for (const [i, value] of wanted.entries()) expect(voltages[i]).toBeCloseTo(value, 11);
      for (const [e, { from, to }] of graph.edges.entries())
        expect(drops[e]).toBeCloseTo((wanted[from] as number) - (wanted[to] as number), 11);
    }
  });
});
