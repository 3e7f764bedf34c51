import { BadInputError, createRandom } from "@ohmwork/core";
import { describe, expect, it } from "vitest";
import { createCircuit } from "./circuit.ts";
import type { EdgeLaw } from "./edge-law.ts";
import type { Network } from "./network-json.ts";
import { siliconDiode } from "./parts.ts";
import { edgeCurrents, powerOf } from "./power.ts";
import { solveNetwork } from "./solve-network.ts";
import { edgeKinds, randomCircuit } from "./testing/index.ts";

const roles = { sources: [], grounds: [], rails: [], outputs: [] };

/** Laws one after the other, from `volts` to 0 V. */
function chain(laws: readonly EdgeLaw[], volts = 5): Network {
  const nodes = ["in", ...laws.slice(1).map((_, i) => `n${i}`), "gnd"];
  const circuit = createCircuit(
    nodes,
    laws.map((law, e) => ({ name: `e${e}`, from: e, to: e + 1, law })),
  );
  const fixedVoltages = Float64Array.of(volts, 0);
  return { circuit, parameters: new Float64Array(laws.length), fixed: [0, laws.length], fixedVoltages, roles };
}

function resistor(resistanceOhms: number): EdgeLaw {
  return { law: "resistor", resistanceOhms };
}

describe("solveNetwork", () => {
  it.each([
    [[1e9, 1e-3, 1e9]],
    [[1e13, 1, 1e13]],
    [[1, 1e13]],
    [[1e13, 1]],
    [[1e-6, 1e-6, 1e15, 1e-6, 1e3]],
    [[1e30, 1e-30, 1e30]],
  ])("divides 5 V over %j Ω to all digits", (ohms) => {
    const { nodes, edges, powerWatts } = solveNetwork(chain(ohms.map(resistor)));
    const whole = ohms.reduce((sum, one) => sum + one, 0);
    const voltages = Object.values(nodes);
    for (const [e, { currentAmperes, dropVolts }] of Object.values(edges).entries()) {
      const below = ohms.slice(e).reduce((sum, one) => sum + one, 0);
      expect(Math.abs((voltages[e] as number) - (5 * below) / whole)).toBeLessThan(1e-14);
      expect(Math.abs(currentAmperes / (5 / whole) - 1)).toBeLessThan(1e-12);
      expect(Math.abs(dropVolts / ((5 * (ohms[e] as number)) / whole) - 1)).toBeLessThan(1e-12);
    }
    expect(Math.abs(powerWatts / (25 / whole) - 1)).toBeLessThan(1e-12);
  });

  it("gives a diode between wires of 1 µΩ the current of Shockley's law", () => {
    const { nodes, edges } = solveNetwork(chain([resistor(1e9), resistor(1e-6), siliconDiode(), resistor(1e-6)]));
    const current = (5 - (nodes["n0"] as number)) / 1e9;
    for (const { currentAmperes } of Object.values(edges)) expect(Math.abs(currentAmperes / current - 1)).toBeLessThan(1e-9);
    const shockley = 1e-14 * Math.expm1((edges["e2"]?.dropVolts as number) / 0.025_865);
    expect(Math.abs(shockley / current - 1)).toBeLessThan(1e-3); // the rest is the leak
  });

  it("refuses in one line what even that cannot tell apart", () => {
    const ohms = [1e30, 1e-30, 1e30, 1e-30, 1e30, 1e-30, 1e30];
    expect(() => solveNetwork(chain(ohms.map(resistor)))).toThrow(BadInputError);
    expect(() => solveNetwork(chain(ohms.map(resistor)))).toThrow(/^Network cannot be solved: its values lie too far apart/);
  });

  it("gives the currents of the laws in 200 networks of all of them, and refuses none", () => {
    const random = createRandom(1, "solve-network");
    for (let k = 0; k < 200; k += 1) {
      const network = { ...randomCircuit(4 + (k % 37), [...edgeKinds, "low-gate-mosfet"], random), roles };
      const { circuit, parameters } = network;
      const { nodes, edges, powerWatts } = solveNetwork(network);
      const voltages = Float64Array.from(Object.values(nodes));
      const wanted = edgeCurrents(circuit, parameters, voltages);
      const largest = Math.max(...wanted.map(Math.abs));
      for (const [e, { currentAmperes }] of Object.values(edges).entries())
        expect(Math.abs(currentAmperes - (wanted[e] as number))).toBeLessThan(1e-9 * largest);
      expect(Math.abs(powerWatts / powerOf(circuit, parameters, voltages) - 1)).toBeLessThan(1e-9);
    }
  });
});
