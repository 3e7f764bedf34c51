import { createRandom } from "@ohmwork/core";
import { describe, expect, it } from "vitest";
import { createCircuit } from "./circuit.ts";
import { solveDcDense } from "./dc-reference.ts";
import { toSpice } from "./spice-export.ts";
import { startNgspice } from "./testing/index.ts";
import { periodicLattice } from "./topology.ts";
import { createTransient } from "./transient.ts";

const rc = { nodes: ["in", "out"], edges: [{ from: 0, to: 1 }] };
const ohms = 1000;
const farads = 2.2e-6;

/** Voltage of an RC charged from 0 to 1 V, after `seconds` in `steps` steps. */
function charged(seconds: number, steps: number): number {
  const voltages = new Float64Array(2);
  const transient = createTransient(rc, [0], [0, farads]);
  for (let k = 0; k < steps; k += 1) transient.step(Float64Array.of(1 / ohms), Float64Array.of(1), voltages, seconds / steps);
  return voltages[1] as number;
}

describe("createTransient", () => {
  it("charges an RC as the exponential says, with an error that falls as dt²", () => {
    const seconds = 1.5 * ohms * farads;
    const errors = [10, 20, 40, 80].map((steps) => Math.abs(charged(seconds, steps) - (1 - Math.exp(-1.5))));
    expect(errors[3]).toBeLessThan(1e-5);
    for (let k = 1; k < errors.length; k += 1)
      expect(Math.log2((errors[k - 1] as number) / (errors[k] as number))).toBeCloseTo(2, 1);
  });

  it("settles within a few steps far longer than any time constant (L-stable)", () => {
    expect(charged(1e6 * ohms * farads, 2)).toBeCloseTo(1, 9);
  });

  it("ends in the DC state, also where a node has no capacitance", () => {
    const { nodes, edges } = periodicLattice(3, 3);
    const graph = { nodes, edges: edges.map(([from, to]) => ({ from, to })) };
    const g = Float64Array.from(edges, (_, e) => 1e-4 * (1 + (e % 5)));
    const transient = createTransient(graph, [0, 4], [0, 1e-6, 0, 1e-7, 1e-6, 0, 1e-6, 1e-6, 1e-6]);
    const voltages = new Float64Array(9);
    for (let k = 0; k < 60; k += 1) transient.step(g, Float64Array.of(3, -1), voltages, 0.01);
    const wanted = solveDcDense(graph, g, [0, 4], [3, -1]);
    for (const [i, value] of wanted.entries()) expect(voltages[i]).toBeCloseTo(value, 10);
  });

  it("follows conductances that change while it settles: each stretch is its own exponential", () => {
    const transient = createTransient(rc, [0], [0, farads]);
    const voltages = new Float64Array(2);
    const seconds = ohms * farads;
    for (let k = 0; k < 500; k += 1) transient.step(Float64Array.of(1 / ohms), Float64Array.of(1), voltages, seconds / 500);
    for (let k = 0; k < 500; k += 1) transient.step(Float64Array.of(3 / ohms), Float64Array.of(1), voltages, seconds / 500);
    expect(voltages[1]).toBeCloseTo(1 - Math.exp(-4), 5);
  });

  it("agrees with ngspice .tran on a lattice with unequal capacitances", async () => {
    const random = createRandom(8, "transient");
    const { nodes, edges } = periodicLattice(4, 4);
    const circuit = createCircuit(
      nodes,
      edges.map(([from, to], e) => ({ name: `e${e}`, from, to, law: { law: "resistor", resistanceOhms: 1e3 * (1 + 9 * random.uniform()) } })), // prettier-ignore
    );
    const capacitances = nodes.map(() => 1e-7 * (1 + 9 * random.uniform()));
    const fixed = [0, 10];
    const stop = 2e-3;
    const steps = 400;
    const netlist = toSpice(
      circuit,
      new Float64Array(edges.length),
      new Map([
        [0, 5],
        [10, 0],
      ]),
      {
        // prettier-ignore
        capacitancesFarads: capacitances,
        directives: [
          ".options reltol=1e-6 vntol=1e-9 abstol=1e-15 gmin=1e-15 method=trap",
          `.tran ${stop / steps} ${stop} 0 ${stop / 4000} uic`,
        ],
      },
    );
    const result = await (await startNgspice()).run(netlist);
    const time = result.get("time") as readonly number[];

    const transient = createTransient(circuit, fixed, capacitances);
    const voltages = new Float64Array(nodes.length);
    const conductances = Float64Array.from(circuit.edges, ({ law }) => (law.law === "resistor" ? 1 / law.resistanceOhms : 0));
    let at = 0;
    let compared = 0;
    for (let k = 1; k <= steps; k += 1) {
      transient.step(conductances, Float64Array.of(5, 0), voltages, stop / steps);
      const now = (k * stop) / steps;
      while (at + 1 < time.length && (time[at + 1] as number) < now) at += 1;
      if (k % 40 !== 0 || at + 1 >= time.length) continue;
      const share = (now - (time[at] as number)) / ((time[at + 1] as number) - (time[at] as number));
      for (const [i, name] of nodes.entries()) {
        const trace = result.get(`v(${name})`) as readonly number[];
        const wanted = (1 - share) * (trace[at] as number) + share * (trace[at + 1] as number);
        expect(Math.abs((voltages[i] as number) - wanted)).toBeLessThan(5e-5); // 1e-5 of 5 V
        compared += 1;
      }
    }
    expect(compared).toBeGreaterThanOrEqual(9 * 16);
  });

  it("refuses a step of no length and a negative capacitance", () => {
    expect(() => createTransient(rc, [0], [0, -1])).toThrow('Capacitance of node "out" must be 0 F or more: -1');
    const transient = createTransient(rc, [0], [0, farads]);
    expect(() => transient.step(Float64Array.of(1), Float64Array.of(1), new Float64Array(2), 0)).toThrow(RangeError);
  });
});
