import { bench16Build, bench16Netlist } from "@ohmwork/bench-16";
import { parseNetwork } from "@ohmwork/circuit";
import { describe, expect, it } from "vitest";
import { wiringOf } from "./wiring.ts";

describe("wiringOf()", () => {
  it("finds the network of the netlist by following the wires of the build", () => {
    const wiring = wiringOf(bench16Build);
    const { circuit } = parseNetwork(bench16Netlist, "bench-16");
    const named = (names: readonly string[], { from, to }: { from: number; to: number }): string[] => [names[from]!, names[to]!];
    expect(wiring.edges.map((edge) => [edge.name, ...named(wiring.nodes, edge)])).toEqual(
      circuit.edges.map((edge) => [edge.name, ...named(circuit.nodes, edge)]),
    );
  });

  it("finds the pins and addresses that docs/board.md fixes", () => {
    const wiring = wiringOf(bench16Build);
    expect(wiring.pins).toEqual({ potLatch: "D8", potSelectOff: "D7", converterSelect: "D10", data: "A4", clock: "A5" });
    expect(wiring.edges.map(({ pot, wiper }) => 2 * pot + wiper)).toEqual(Array.from({ length: 16 }, (_, e) => e));
    expect(wiring.pots.map(({ output }) => output)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(wiring.dacs.map(({ address }) => address)).toEqual([0x60, 0x61]);
    expect(wiring.channels.map((node) => wiring.nodes[node])).toEqual("x0 x1 x2 x3 h0 h1 out supply".split(" "));
    expect(wiring.sources.map(({ node, dac, channel }) => [wiring.nodes[node], dac, channel])).toEqual([
      ["x0", 0, 0],
      ["x1", 0, 1],
      ["x2", 0, 2],
      ["x3", 0, 3],
    ]);
    expect(wiring.clamps).toEqual([{ node: wiring.nodes.indexOf("out"), dac: 1, channel: 0, pin: "D6" }]);
  });

  it("refuses a build whose wire is missing", () => {
    const cut = bench16Build.nets.map((net) => ({ ...net, pins: net.pins.filter((pin) => pin !== "A1.D10") }));
    expect(() => wiringOf({ ...bench16Build, nets: cut })).toThrow("Net adc-select of the build reaches no pin of the board");
  });
});
