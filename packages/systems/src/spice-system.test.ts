import { startNgspice } from "@ohmwork/circuit/testing";
import { BadInputError, type Batch, batchOf } from "@ohmwork/core";
import { physicalSystemContract } from "@ohmwork/core/testing";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { SimulatedSystem } from "./declared-gap.ts";
import { readSpiceDeck } from "./spice-deck.ts";
import { createSpiceSystem, type SpiceCall, type SpiceEngine } from "./spice-system.ts";

const divider = `A divider with a knob
.param vin=1 ratio=0.25
+ total = '1k'
V1 in 0 {vin}
R1 in out {total*(1-ratio)}
R2 out 0 {total*ratio}
.op
.end
`;
const dividerPorts = {
  inputs: [{ name: "drive", parameter: "vin", unit: "V", min: -5, max: 5 }],
  parameters: [{ name: "knob", parameter: "RATIO", unit: "1", min: 0.1, max: 0.9 }],
  outputs: [
    { name: "out", vector: "V(out)", unit: "V", min: -5, max: 5 },
    { name: "current", vector: "i(v1)", unit: "A", min: -0.01, max: 0.01 },
  ],
};

/** A capacitor of 1 µF that is charged through 1 kΩ. */
const charging = `Charging
.param vin=1
V1 in 0 PWL(0 0 1n {vin})
R1 in out 1k
C1 out 0 1u
.options reltol=1e-6
.tran 10u 3m
`;
const chargingPorts = {
  inputs: dividerPorts.inputs,
  parameters: [],
  outputs: [{ name: "out", vector: "v(out)", unit: "V", min: -5, max: 5, atSeconds: [0, 1e-3, 2.005e-3, 3e-3] }],
};

let engine: SpiceEngine;
beforeAll(async () => {
  vi.spyOn(console, "error").mockImplementation(() => {}); // where ngspice tells how it got there
  engine = await startNgspice();
});
afterAll(() => {
  vi.restoreAllMocks();
});

const systemOf = (netlist: string, ports: object): SimulatedSystem =>
  createSpiceSystem(readSpiceDeck(netlist, JSON.stringify(ports)), engine);

async function outputs(system: SimulatedSystem, rows: number[][]): Promise<number[]> {
  const { stages } = await system.respond(batchOf(rows));
  return Array.from((stages["outputs"] as Batch).data);
}

describe("createSpiceSystem() keeps the contract", () => {
  for (const { name, run } of physicalSystemContract("SPICE", async () => systemOf(divider, dividerPorts)))
    it(name, async () => expect(await run()).toBeUndefined());
});

describe("createSpiceSystem()", () => {
  it("is the deck as it stands until it is programmed", async () => {
    await using system = systemOf(divider, dividerPorts);
    expect(await outputs(system, [[4], [-2]])).toEqual([1, Math.fround(-0.004), -0.5, Math.fround(0.002)]);
    await system.program(Float32Array.of(0.75));
    expect((await outputs(system, [[4]]))[0]).toBeCloseTo(3, 6);
  });

  it("reads a transient at its times", async () => {
    await using system = systemOf(charging, chargingPorts);
    const wanted = [0, 1e-3, 2.005e-3, 3e-3].map((t) => 3 * (1 - Math.exp(-t / 1e-3)));
    const got = await outputs(system, [[3]]);
    for (const [i, volts] of wanted.entries()) expect(got[i]).toBeCloseTo(volts, 3);
  });

  it("lets calls wait for each other", async () => {
    await using system = systemOf(divider, dividerPorts);
    const rows = (drive: number): number[][] => [[drive], [drive / 2]];
    const answers = await Promise.all([4, 2, 1].map(async (drive) => (await outputs(system, rows(drive)))[0]));
    expect(answers).toEqual([1, 0.5, 0.25]);
  });

  it("goes on after a deck that has no answer", async () => {
    const broken = dividerPorts.outputs.map((port) => ({ ...port, vector: "v(nowhere)" }));
    await using system = systemOf(divider, { ...dividerPorts, outputs: broken });
    for (let k = 0; k < 2; k += 1)
      await expect(outputs(system, [[1]])).rejects.toThrow(
        /^Deck gives no vector v\(nowhere\): expected one of v\(in\), v\(out\)/,
      );
  });

  it("tells its engine what the deck is called, and when to stop", async () => {
    const calls: SpiceCall[] = [];
    const listening: SpiceEngine = {
      run: async (netlist, call) => {
        if (call !== undefined) calls.push(call);
        return engine.run(netlist);
      },
    };
    const named = createSpiceSystem(readSpiceDeck(divider, JSON.stringify(dividerPorts), "divider.cir"), listening);
    const { signal } = new AbortController();
    await named.respond(batchOf([[1], [2]]), { signal });
    await createSpiceSystem(readSpiceDeck(divider, JSON.stringify(dividerPorts)), listening).respond(batchOf([[1]]));
    expect(calls).toEqual([{ name: "divider.cir", signal }, { name: "divider.cir", signal }, { name: "A divider with a knob" }]);
  });

  it("says so when a transient is too short", async () => {
    const late = chargingPorts.outputs.map((port) => ({ ...port, atSeconds: [4e-3] }));
    await using system = systemOf(charging, { ...chargingPorts, outputs: late });
    await expect(outputs(system, [[1]])).rejects.toThrow("Deck's transient ends at 0.003 s: output v(out) is read at 0.004 s");
  });
});

describe("readSpiceDeck()", () => {
  const refusal = (ports: unknown, netlist = divider): string => {
    try {
      readSpiceDeck(netlist, typeof ports === "string" ? ports : JSON.stringify(ports));
    } catch (error) {
      expect(error).toBeInstanceOf(BadInputError);
      return (error as Error).message;
    }
    return "accepted";
  };
  const withInput = (change: object): object => ({ ...dividerPorts, inputs: [{ ...dividerPorts.inputs[0], ...change }] });

  it("refuses in one line what does not fit", () => {
    expect(refusal("{")).toMatch(/^Ports of a deck are not JSON: .+$/);
    expect(refusal({ ...dividerPorts, inputs: [] })).toMatch(/^Ports of a deck do not fit at inputs: .+$/);
    expect(refusal(withInput({ min: "0" }))).toMatch(/^Ports of a deck do not fit at inputs\.0\.min: .+$/);
    expect(refusal(withInput({ parameter: "2v" }))).toBe(
      "Ports of a deck do not fit at inputs.0.parameter: expected the name of a .param",
    );
    expect(refusal(withInput({ levles: 3 }))).toMatch(/Unrecognized key: "levles"/);
    expect(refusal(withInput({ parameter: "volts" }))).toBe("Deck defines no .param volts, which port drive sets");
    expect(refusal(withInput({ parameter: "ratio" }))).toBe("Two ports set .param RATIO: expected one");
    expect(refusal(withInput({ max: -5 }))).toBe("Port drive goes from -5 to -5: expected a window");
  });

  it("finds a .param that goes on in the next line, and none in a comment", () => {
    expect(readSpiceDeck(divider, JSON.stringify(withInput({ parameter: "total" }))).inputs[0]?.parameter).toBe("total");
    expect(refusal(dividerPorts, divider.replace(".param", "*.param"))).toBe("Deck defines no .param vin, which port drive sets");
  });
});
