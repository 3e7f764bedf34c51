import { createRandom } from "@ohmwork/core";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createCircuit } from "./circuit.ts";
import { solveDcDense } from "./dc-reference.ts";
import { currentOf } from "./edge-current.ts";
import { conductanceOf } from "./edge-law.ts";
import { createNewtonSolver } from "./newton-solver.ts";
import { siliconDiode, transistorEdge } from "./parts.ts";
import { powerOf } from "./power.ts";
import { SolverDivergedError } from "./solver-diverged-error.ts";
import { edgeKinds, randomCircuit, type RandomCircuit } from "./testing/index.ts";
import { periodicLattice } from "./topology.ts";

const networks = fc
  .record({ seed: fc.nat(1e6), nodes: fc.integer({ min: 4, max: 60 }) })
  .map(({ seed, nodes }) => randomCircuit(nodes, edgeKinds, createRandom(seed, "newton test")));

function solved({ circuit, parameters, fixed, fixedVoltages }: RandomCircuit, start: Float64Array): Float64Array {
  createNewtonSolver(circuit, fixed).solve(parameters, fixedVoltages, start);
  return start;
}

function cold(network: RandomCircuit): Float64Array {
  return solved(network, new Float64Array(network.circuit.nodes.length).fill(Number.NaN));
}

describe("createNewtonSolver", () => {
  it("leaves no current at any free node, by the reference law of each edge", () => {
    fc.assert(
      fc.property(networks, (network) => {
        const { circuit, parameters, fixed } = network;
        const voltages = cold(network);
        const left = new Float64Array(voltages.length);
        const through = new Float64Array(voltages.length);
        for (const [e, { law, from, to }] of circuit.edges.entries()) {
          const current = currentOf(law, parameters[e] as number, voltages[from] as number, voltages[to] as number);
          left[from] = (left[from] as number) + current;
          left[to] = (left[to] as number) - current;
          for (const node of [from, to]) through[node] = (through[node] as number) + Math.abs(current);
        }
        for (const node of fixed) left[node] = 0;
        // 1 fA for rounding where almost no current flows
        for (const [i, value] of left.entries()) expect(Math.abs(value)).toBeLessThan(1e-9 * (through[i] as number) + 1e-15);
      }),
    );
  });

  it("reaches the same state from every start: it is the only one", () => {
    fc.assert(
      fc.property(networks, fc.nat(1e6), (network, seed) => {
        const random = createRandom(seed, "start");
        const wanted = cold(network);
        const got = solved(
          network,
          wanted.map(() => 12 * random.uniform() - 4),
        );
        for (const [i, value] of wanted.entries()) expect(Math.abs((got[i] as number) - value)).toBeLessThan(1e-11);
      }),
    );
  });

  it("keeps transistors in deep saturation to one state, where the simplified law has several", () => {
    const { nodes, edges } = periodicLattice(4, 4);
    const circuit = createCircuit(
      nodes,
      edges.map(([from, to], e) => ({ name: `e${e}`, from, to, law: transistorEdge() })),
    );
    const random = createRandom(2, "saturation");
    const solver = createNewtonSolver(circuit, [0, 2, 8, 10]);
    for (let k = 0; k < 50; k += 1) {
      const gates = Float64Array.from(edges, () => 0.75 + random.uniform()); // far below the 3 V of the source
      const states = [Number.NaN, 0, 3, 1.5].map((start) => {
        const voltages = new Float64Array(16).fill(start);
        solver.solve(gates, Float64Array.of(3, 0, 0.1, 2), voltages);
        return voltages;
      });
      for (const state of states)
        for (const [i, value] of state.entries()) expect(Math.abs(value - (states[0]?.[i] as number))).toBeLessThan(1e-11);
    }
  });

  it("settles every one of 1,500 random networks and 700 lattices whose gates lie low", () => {
    const random = createRandom(6, "low gates");
    let largest = 0;
    const settle = ({ circuit, parameters, fixed, fixedVoltages }: RandomCircuit): void => {
      const voltages = new Float64Array(circuit.nodes.length).fill(Number.NaN);
      const { residual } = createNewtonSolver(circuit, fixed).solve(parameters, fixedVoltages, voltages);
      largest = Math.max(largest, residual);
    };
    for (let k = 0; k < 1500; k += 1) settle(randomCircuit(4 + (k % 57), ["low-gate-mosfet"], random));
    const { nodes, edges } = periodicLattice(4, 4);
    const law = { ...transistorEdge(), maxGateVolts: 1.75 };
    const circuit = createCircuit(
      nodes,
      edges.map(([from, to], e) => ({ name: `e${e}`, from, to, law })),
    );
    for (let k = 0; k < 700; k += 1) {
      const fixed = [...random.permutation(16)].slice(0, 2 + random.below(4));
      const parameters = Float64Array.from(edges, () => 0.75 + random.uniform());
      settle({
        circuit,
        parameters,
        fixed,
        fixedVoltages: Float64Array.from(fixed, (_, i) => (i === 0 ? 0 : 5 * random.uniform())),
      });
    }
    expect(largest).toBeLessThan(1e-16); // of currents from 1e-8 A up
  });

  it("takes a lattice that Newton alone does not settle in stages, to the same state from every start", () => {
    const random = createRandom(9, "stages");
    const { nodes, edges } = periodicLattice(8, 8);
    const circuit = createCircuit(
      nodes,
      edges.map(([from, to], e) => ({ name: `e${e}`, from, to, law: transistorEdge() })),
    );
    const solver = createNewtonSolver(circuit, [0, 20, 42]);
    for (let k = 0; k < 10; k += 1) {
      const gates = Float64Array.from(edges, () => 0.75 + random.uniform());
      const states = [Number.NaN, 0, 5].map((start) => {
        const voltages = new Float64Array(64).fill(start);
        solver.solve(gates, Float64Array.of(0, 5, 2), voltages);
        return voltages;
      });
      for (const state of states)
        for (const [i, value] of state.entries()) expect(Math.abs(value - (states[0]?.[i] as number))).toBeLessThan(1e-11);
    }
  });

  it("settles where the span of the fixed voltages is of microvolts, or lies on a large common voltage", () => {
    const random = createRandom(7, "microvolts");
    for (let k = 0; k < 600; k += 1) {
      const network = randomCircuit(4 + (k % 57), k % 2 === 0 ? edgeKinds : ["mosfet"], random);
      const offset = k % 3 === 0 ? 2 : 0;
      const span = [1e-3, 1e-6, 1e-9][k % 5 < 3 ? k % 5 : 0] as number;
      const fixedVoltages = network.fixedVoltages.map((volts) => offset + span * volts);
      expect(() => cold({ ...network, fixedVoltages })).not.toThrow();
    }
  });

  it("agrees with the linear reference where every edge is linear", () => {
    fc.assert(
      fc.property(fc.nat(1e6), fc.integer({ min: 4, max: 60 }), (seed, nodes) => {
        const network = randomCircuit(nodes, ["resistor", "conductor", "ad5220", "x9c303s"], createRandom(seed, "linear"));
        const g = network.circuit.edges.map(({ law }, e) => conductanceOf(law, network.parameters[e] as number));
        const wanted = solveDcDense(network.circuit, g, network.fixed, network.fixedVoltages);
        for (const [i, value] of cold(network).entries()) expect(value).toBeCloseTo(wanted[i] as number, 10);
      }),
    );
  });

  it("keeps every free node between the fixed voltages, and turns what the sources give into heat", () => {
    fc.assert(
      fc.property(networks, (network) => {
        const { circuit, parameters, fixed, fixedVoltages } = network;
        const voltages = cold(network);
        let given = 0;
        for (const [e, { law, from, to }] of circuit.edges.entries()) {
          const current = currentOf(law, parameters[e] as number, voltages[from] as number, voltages[to] as number);
          if (fixed.includes(from)) given += current * (voltages[from] as number);
          if (fixed.includes(to)) given -= current * (voltages[to] as number);
        }
        for (const value of voltages) {
          expect(value).toBeGreaterThanOrEqual(Math.min(...fixedVoltages));
          expect(value).toBeLessThanOrEqual(Math.max(...fixedVoltages));
        }
        expect(powerOf(circuit, parameters, voltages)).toBeCloseTo(given, 8 - Math.max(0, Math.ceil(Math.log10(given + 1e-9))));
      }),
    );
  });

  it("settles a chain of diodes that starts far up their exponentials", () => {
    const circuit = createCircuit(
      ["top", "a", "b", "gnd"],
      [
        { name: "r", from: 0, to: 1, law: { law: "resistor", resistanceOhms: 10 } },
        { name: "d1", from: 1, to: 2, law: siliconDiode() },
        { name: "d2", from: 2, to: 3, law: siliconDiode() },
      ],
    );
    const voltages = Float64Array.of(0, 48, 0, 0);
    createNewtonSolver(circuit, [0, 3]).solve(new Float64Array(3), Float64Array.of(48, 0), voltages);
    expect(voltages[1]).toBeCloseTo(2 * (voltages[2] as number), 9);
    const current = (48 - (voltages[1] as number)) / 10;
    expect(currentOf(siliconDiode(), 0, voltages[2] as number, 0)).toBeCloseTo(current, 8);
  });

  it("says so when it runs out of iterations, and refuses a parameter that is no number", () => {
    const network = randomCircuit(20, edgeKinds, createRandom(4, "short"));
    const solver = createNewtonSolver(network.circuit, network.fixed);
    const voltages = new Float64Array(20);
    const { parameters, fixedVoltages } = network;
    expect(() => solver.solve(parameters, fixedVoltages, voltages, { maxIterations: 1 })).toThrow(SolverDivergedError);
    expect(() => solver.solve(parameters.fill(Number.NaN), fixedVoltages, voltages)).toThrow(RangeError);
  });
});
