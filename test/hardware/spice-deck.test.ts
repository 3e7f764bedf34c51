import { readFileSync } from "node:fs";
import { spiceNodeNames } from "@ohmwork/circuit";
import { startNgspice } from "@ohmwork/circuit/testing";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { benchNetwork, benchVoltages } from "./bench-voltages.ts";
import { deckDrive } from "./spice-deck.ts";

beforeAll(() => {
  vi.spyOn(console, "error").mockImplementation(() => {}); // where ngspice tells how it got there
});

afterAll(() => {
  vi.restoreAllMocks();
});

describe("bench-16.cir", () => {
  it("gives in ngspice the node voltages of the solver, within 1e-6 of the supply", async () => {
    const deck = readFileSync(new URL("../../hardware/bench-16/bench-16.cir", import.meta.url), "utf8");
    const ngspice = await startNgspice();
    const result = await ngspice.run(deck);
    const volts = benchVoltages(deckDrive);
    const { nodes } = benchNetwork.circuit;
    const wrong = spiceNodeNames(nodes).flatMap((name, i) => {
      const wanted = result.get(`v(${name.toLowerCase()})`)?.[0] ?? Number.NaN;
      const got = volts[nodes[i] as string] as number;
      return Math.abs(got - wanted) <= 5e-6 ? [] : [`${nodes[i]}: ${got} V, ngspice says ${wanted} V`];
    });
    expect(wrong).toEqual([]);
    expect(nodes.length).toBe(9);
    expect(volts["out"]).toBeGreaterThan(1);
  });
});
