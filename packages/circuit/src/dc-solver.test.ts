import { createRandom, type Random } from "@ohmwork/core";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { clampDcDense, solveDcDense } from "./dc-reference.ts";
import { createDcSolver } from "./dc-solver.ts";
import { DisconnectedError } from "./disconnected-error.ts";
import { openLattice, periodicLattice, randomGraph, type Topology } from "./topology.ts";

type Case = {
  graph: { nodes: readonly string[]; edges: { from: number; to: number }[] };
  fixed: number[];
  outputs: number[];
  conductances: Float64Array;
  fixedVoltages: Float64Array;
  random: Random;
};

function graphOf(topology: Topology): Case["graph"] {
  return { nodes: topology.nodes, edges: topology.edges.map(([from, to]) => ({ from, to })) };
}

function caseOf(graph: Case["graph"], fixedCount: number, outputCount: number, random: Random): Case {
  const order = [...random.permutation(graph.nodes.length)];
  return {
    graph,
    fixed: order.slice(0, fixedCount),
    outputs: order.slice(fixedCount, fixedCount + outputCount),
    conductances: Float64Array.from(graph.edges, () => 10 ** (random.uniform() * 4 - 6)),
    fixedVoltages: Float64Array.from({ length: fixedCount }, () => random.normal()),
    random,
  };
}

/** Networks on both sides of the switch from the full to the sparse factor, with parallel edges now and then. */
const cases = fc
  .record({
    seed: fc.nat(1e6),
    nodes: fc.integer({ min: 3, max: 70 }),
    degree: fc.double({ min: 2, max: 5, noNaN: true }),
    fixed: fc.integer({ min: 1, max: 5 }),
    outputs: fc.integer({ min: 0, max: 6 }),
  })
  .map(({ seed, nodes, degree, fixed, outputs }) => {
    const random = createRandom(seed, "dc-solver test");
    const graph = graphOf(randomGraph(nodes, Math.min(degree, nodes - 1), random));
    if (seed % 3 === 0) graph.edges.push({ ...(graph.edges[0] as { from: number; to: number }) });
    const fixedCount = Math.min(fixed, nodes - 1);
    return caseOf(graph, fixedCount, Math.min(outputs, nodes - fixedCount), random);
  });

/** Largest difference, relative to the largest voltage; the networks span four decades of conductance. */
function deviation(got: ArrayLike<number>, wanted: ArrayLike<number>): number {
  const scale = Math.max(...Array.from(wanted, Math.abs));
  const differences = Array.from(wanted, (value, i) => Math.abs((got[i] as number) - value));
  return differences.some(Number.isNaN) ? Infinity : Math.max(...differences) / scale;
}

function solved({ graph, fixed, outputs, conductances, fixedVoltages }: Case) {
  const solver = createDcSolver(graph, fixed, outputs);
  solver.factor(conductances);
  const voltages = new Float64Array(graph.nodes.length);
  solver.solve(fixedVoltages, voltages);
  return { solver, voltages };
}

describe("createDcSolver", () => {
  it("solve() agrees with the full reference", () => {
    fc.assert(
      fc.property(cases, (c) => {
        expect(
          deviation(solved(c).voltages, solveDcDense(c.graph, c.conductances, c.fixed, c.fixedVoltages)),
        ).toBeLessThanOrEqual(1e-10);
      }),
      { numRuns: 300 },
    );
  });

  it("solveMany() agrees with solve() row by row", () => {
    fc.assert(
      fc.property(cases, fc.integer({ min: 1, max: 19 }), (c, rows) => {
        const { solver } = solved(c);
        const inputs = Float64Array.from({ length: rows * c.fixed.length }, () => c.random.normal());
        const all = new Float64Array(rows * c.graph.nodes.length);
        solver.solveMany(inputs, all, rows);
        const one = new Float64Array(c.graph.nodes.length);
        for (let r = 0; r < rows; r += 1) {
          solver.solve(inputs.subarray(r * c.fixed.length, (r + 1) * c.fixed.length), one);
          expect(deviation(all.subarray(r * one.length, (r + 1) * one.length), one)).toBeLessThanOrEqual(1e-12);
        }
      }),
    );
  });

  it("clamp() agrees with outputs held as sources, some of them left free", () => {
    fc.assert(
      fc.property(cases, fc.array(fc.boolean(), { minLength: 6, maxLength: 6 }), (c, held) => {
        const { solver, voltages } = solved(c);
        const displacement = Float64Array.from(c.outputs, (_, k) => (held[k] === true ? c.random.normal() : Number.NaN));
        const clamped = new Float64Array(voltages.length);
        solver.clamp(voltages, displacement, clamped);
        expect(
          deviation(clamped, clampDcDense(c.graph, c.conductances, c.fixed, c.outputs, voltages, displacement)),
        ).toBeLessThanOrEqual(1e-9);
      }),
      { numRuns: 300 },
    );
  });

  it("changeEdge() agrees with a new factorisation after many changes", () => {
    fc.assert(
      fc.property(cases, (c) => {
        const { solver, voltages } = solved(c);
        for (let k = 0; k < 30; k += 1) {
          const edge = c.random.below(c.graph.edges.length);
          c.conductances[edge] = 10 ** (c.random.uniform() * 4 - 6);
          solver.changeEdge(edge, c.conductances[edge]);
        }
        solver.solve(c.fixedVoltages, voltages);
        expect(deviation(voltages, solveDcDense(c.graph, c.conductances, c.fixed, c.fixedVoltages))).toBeLessThanOrEqual(1e-9);
      }),
    );
  });

  it("solves large lattices to rounding error: no current is left at any free node", () => {
    for (const topology of [periodicLattice(40, 40), openLattice(45, 30)]) {
      const random = createRandom(5, topology.nodes.length.toString());
      const c = caseOf(graphOf(topology), 6, 4, random);
      const { voltages } = solved(c);
      const left = new Float64Array(voltages.length);
      const through = new Float64Array(voltages.length);
      for (const [e, { from, to }] of c.graph.edges.entries()) {
        const current = (c.conductances[e] as number) * ((voltages[from] as number) - (voltages[to] as number));
        left[from] = (left[from] as number) + current;
        left[to] = (left[to] as number) - current;
        for (const node of [from, to]) through[node] = (through[node] as number) + (c.conductances[e] as number);
      }
      for (const node of c.fixed) left[node] = 0;
      for (const [i, value] of left.entries()) expect(Math.abs(value)).toBeLessThan(1e-12 * (through[i] as number));
    }
  });

  it("names the node that a cut edge leaves floating", () => {
    const graph = { nodes: ["in", "mid", "end"], edges: [{ from: 0, to: 1 }, { from: 1, to: 2 }] }; // prettier-ignore
    const solver = createDcSolver(graph, [0]);
    expect(() => solver.factor(Float64Array.of(1e-3, 0))).toThrow(DisconnectedError);
    solver.factor(Float64Array.of(1e-3, 1e-3));
    expect(() => solver.changeEdge(1, 0)).toThrow('Node "end" has no path to a fixed voltage');
  });

  it.each([10, 60, 100])(
    "finds half of a lattice of side %i cut off, and nothing cut off beside one edge that is left",
    (side) => {
      const graph = graphOf(openLattice(side, side));
      const crossing = [...graph.edges.entries()].filter(([, { from, to }]) => from % side === side / 2 - 1 && to === from + 1);
      const random = createRandom(side, "half");
      for (const pattern of ["equal", "drawn"]) {
        const conductances = Float64Array.from(graph.edges, () =>
          pattern === "equal" ? 1e-3 : 10 ** (random.uniform() * 4 - 6),
        );
        const solver = createDcSolver(graph, [0, side]);
        solver.factor(conductances);
        const voltages = new Float64Array(side * side);
        for (const [e] of crossing.slice(1)) solver.changeEdge(e, 0);
        solver.solve(Float64Array.of(1, 1), voltages);
        for (const value of voltages) expect(value).toBeCloseTo(1, 9);
        const [last] = crossing[0] as [number, unknown];
        expect(() => solver.changeEdge(last, 0)).toThrow(DisconnectedError);
        expect(() => solver.solve(Float64Array.of(1, 1), voltages)).toThrow(DisconnectedError);
        for (const [e] of crossing) conductances[e] = 0;
        expect(() => solver.factor(conductances)).toThrow(`Node "n${side / 2}" has no path`);
        expect(() => createDcSolver(graph, [0, side]).factor(conductances)).toThrow(DisconnectedError);
        conductances[last] = 1e-3;
        solver.factor(conductances);
        solver.solve(Float64Array.of(1, 1), voltages);
        for (const value of voltages) expect(value).toBeCloseTo(1, 9);
      }
    },
  );

  it("is right again when what was cut off is joined again, after changeEdge() and after factor()", () => {
    fc.assert(
      fc.property(cases, fc.boolean(), (c, one) => {
        const { solver, voltages: before } = solved(c);
        const node = c.graph.nodes.findIndex((_, i) => !c.fixed.includes(i));
        const around = [...c.graph.edges.keys()].filter((e) => [c.graph.edges[e]?.from, c.graph.edges[e]?.to].includes(node));
        const cut = (): void => {
          if (one) for (const e of around) solver.changeEdge(e, 0);
          else solver.factor(c.conductances.map((g, e) => (around.includes(e) ? 0 : g)));
        };
        expect(cut).toThrow(DisconnectedError);
        for (const e of around) solver.changeEdge(e, c.conductances[e] as number);
        const after = new Float64Array(before.length);
        solver.solve(c.fixedVoltages, after);
        expect(deviation(after, before)).toBeLessThanOrEqual(1e-11);
      }),
    );
  });

  it("changeEdge() to a conductance beyond all others and back, at once or by steps, loses no digits", () => {
    fc.assert(
      fc.property(cases, fc.constantFrom([1e9], [1e9, 1e4, 0.1], [1e4, 1e9]), (c, path) => {
        const { solver, voltages: before } = solved(c);
        for (const edge of [0, c.random.below(c.graph.edges.length)]) {
          for (const g of [...path, c.conductances[edge] as number]) solver.changeEdge(edge, g);
        }
        const after = new Float64Array(before.length);
        solver.solve(c.fixedVoltages, after);
        expect(deviation(after, before)).toBeLessThanOrEqual(1e-8);
      }),
    );
  });

  it("refuses what is not a network", () => {
    const graph = { nodes: ["a", "b", "c"], edges: [{ from: 0, to: 1 }] };
    expect(() => createDcSolver(graph, [0])).toThrow('Node "c" has no path');
    expect(() => createDcSolver(graph, [0, 3])).toThrow("Fixed node 3 is not one of the 3 nodes");
    expect(() => createDcSolver(graph, [0, 2, 0])).toThrow('Fixed node "a" named twice');
    expect(() => createDcSolver(graph, [0, 2], [0])).toThrow('Output node "a" is a fixed node');
    expect(() => createDcSolver(graph, [0, 2]).factor(Float64Array.of(-1))).toThrow(RangeError);
    expect(() => createDcSolver(graph, [0, 2]).factor(Float64Array.of(Number.NaN))).toThrow(RangeError);
  });
});
