import { describe, expect, it, vi } from "vitest";
import { createCircuit } from "./circuit.ts";
import { mcp4251, siliconDiode, transistorEdge } from "./parts.ts";
import { spiceNodeNames, toSpice } from "./spice-export.ts";
import { startNgspice } from "./testing/index.ts";

describe("toSpice", () => {
  const circuit = createCircuit(
    ["in 1", "Out", "out", "gnd", "0"],
    [
      { name: "w1", from: 0, to: 1, law: mcp4251(10_000) },
      { name: "d\n.end", from: 1, to: 2, law: siliconDiode() },
      { name: "m", from: 2, to: 3, law: transistorEdge() },
      { name: "cut", from: 3, to: 4, law: { law: "conductor", minSiemens: 0, maxSiemens: 1 } },
      { name: "r", from: 1, to: 4, law: { law: "resistor", resistanceOhms: 330 } },
    ],
  );
  const netlist = toSpice(circuit, [128, 0, 2.5, 0, 0], new Map([[0, 5], [3, 0]])); // prettier-ignore

  it("renames what SPICE would confuse, and no name breaks out of its comment", () => {
    expect(spiceNodeNames(circuit.nodes)).toEqual(["n_0", "n_1", "n_2", "n_3", "n_4"]);
    expect(spiceNodeNames(["n_1", "a", "b2", "GND"])).toEqual(["n_0", "a", "b2", "n_3"]);
    expect(netlist).toContain('* edge "d?.end": diode');
    expect(netlist).toContain("* R3 n_3 n_4 is cut");
  });

  it("runs in ngspice as it is", async () => {
    const result = await (await startNgspice()).run(netlist);
    expect(result.get("v(n_0)")?.[0]).toBe(5);
    expect(result.get("v(n_1)")?.[0]).toBeGreaterThan(0.5);
  });

  it("is refused by ngspice where there is nothing to solve, and the oracle says so", async () => {
    vi.spyOn(console, "error").mockImplementation(() => {}); // where ngspice complains
    await expect((await startNgspice()).run("nothing\nR1 a b\n.op\n.end\n")).rejects.toThrow("ngspice found no answer");
  });
});
