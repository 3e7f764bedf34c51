import { createRandom } from "@ohmwork/core";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { createDcSolver } from "./dc-solver.ts";
import { conductanceOf, isLinear } from "./edge-law.ts";
import { createNewtonSolver } from "./newton-solver.ts";
import { spiceNodeNames, toSpice } from "./spice-export.ts";
import { type EdgeKind, edgeKinds, type Ngspice, randomCircuit, type RandomCircuit, startNgspice } from "./testing/index.ts";

const linearKinds: EdgeKind[] = ["resistor", "conductor", "ad5220", "mcp4251", "x9c303s"];

/** Classes of networks, and how many of each are compared: 300 in all. */
const classes: readonly { name: string; kinds: readonly EdgeKind[]; count: number }[] = [
  { name: "linear edges", kinds: linearKinds, count: 80 },
  { name: "transistors only", kinds: ["mosfet"], count: 40 },
  { name: "transistors with low gates", kinds: ["low-gate-mosfet"], count: 40 },
  { name: "low gates, diodes and resistors", kinds: ["low-gate-mosfet", "diode", "resistor"], count: 20 },
  { name: "linear edges and diodes", kinds: [...linearKinds, "diode"], count: 40 },
  { name: "diodes and transistors", kinds: ["diode", "mosfet"], count: 20 },
  { name: "all edge laws", kinds: edgeKinds, count: 60 },
];

let ngspice: Ngspice;
beforeAll(async () => {
  vi.spyOn(console, "error").mockImplementation(() => {}); // where ngspice tells how it got there
  ngspice = await startNgspice();
});

afterAll(() => {
  vi.restoreAllMocks();
});

async function voltagesByNgspice({ circuit, parameters, fixed, fixedVoltages }: RandomCircuit): Promise<number[]> {
  const volts = new Map(fixed.map((node, k) => [node, fixedVoltages[k] as number]));
  const result = await ngspice.run(toSpice(circuit, parameters, volts));
  return spiceNodeNames(circuit.nodes).map((name) => result.get(`v(${name.toLowerCase()})`)?.[0] ?? Number.NaN);
}

function voltagesByNewton({ circuit, parameters, fixed, fixedVoltages }: RandomCircuit): Float64Array {
  const voltages = new Float64Array(circuit.nodes.length).fill(Number.NaN);
  createNewtonSolver(circuit, fixed).solve(parameters, fixedVoltages, voltages);
  return voltages;
}

function voltagesByFactor({ circuit, parameters, fixed, fixedVoltages }: RandomCircuit): Float64Array {
  const solver = createDcSolver(circuit, fixed);
  solver.factor(Float64Array.from(circuit.edges, ({ law }, e) => conductanceOf(law, parameters[e] as number)));
  const voltages = new Float64Array(circuit.nodes.length);
  solver.solve(fixedVoltages, voltages);
  return voltages;
}

/** What is wrong with one answer: the voltages that are not within 1e-6 of the largest plus 1 nV, or missing. */
function deviations(solver: string, got: Float64Array, wanted: readonly number[]): string[] {
  const limit = 1e-6 * Math.max(...wanted.map(Math.abs)) + 1e-9;
  return [...wanted.entries()]
    .filter(([i, value]) => !(Math.abs((got[i] as number) - value) <= limit))
    .map(([i, value]) => `${solver}: node ${i} of ${wanted.length} is at ${got[i]} V, ngspice says ${value} V`);
}

describe("against ngspice", () => {
  for (const { name, kinds, count } of classes) {
    it(`${count} random networks of ${name}, 4 to 100 nodes, have the same node voltages`, async () => {
      const random = createRandom(3, `ngspice ${name}`);
      const wrong: string[] = [];
      let compared = 0;
      for (let k = 0; k < count; k += 1) {
        const network = randomCircuit(4 + Math.floor((96 * k) / (count - 1)), kinds, random);
        const wanted = await voltagesByNgspice(network);
        wrong.push(...deviations("Newton", voltagesByNewton(network), wanted));
        if (network.circuit.edges.every(({ law }) => isLinear(law)))
          wrong.push(...deviations("factor", voltagesByFactor(network), wanted));
        compared += 1;
      }
      expect(wrong).toEqual([]);
      expect(compared).toBe(count);
    });
  }
});
