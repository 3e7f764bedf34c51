import { describe, expect, it } from "vitest";
import { bench16Build, type Build } from "./build.ts";
import { networkProblems, type Netlist } from "./check-network.ts";
import { wiringProblems } from "./check-wiring.ts";
import { bench16Netlist } from "./index.ts";

const netlist = JSON.parse(bench16Netlist) as Netlist;

function problems(build: Build, wanted: Netlist = netlist): string[] {
  return [...wiringProblems(build), ...networkProblems(build, wanted)];
}

/** The build with other pins in one net. */
function withNet(name: string, change: (pins: readonly string[]) => readonly string[], build: Build = bench16Build): Build {
  return { ...build, nets: build.nets.map((net) => (net.name === name ? { ...net, pins: change(net.pins) } : net)) };
}

const without = (pin: string) => (pins: readonly string[]) => pins.filter((at) => at !== pin);
const plus = (pin: string) => (pins: readonly string[]) => [...pins, pin];

/** The build with one pin moved from one net to another. */
function moved(pin: string, from: string, to: string): Build {
  return withNet(to, plus(pin), withNet(from, without(pin)));
}

describe("the build of bench-16", () => {
  it("has no problem, and agrees with the netlist", () => {
    expect(problems(bench16Build)).toEqual([]);
  });

  it("has a mistake found wherever one pin is forgotten", () => {
    for (const net of bench16Build.nets) {
      for (const pin of net.pins) expect(problems(withNet(net.name, without(pin))).join("\n"), pin).toContain(pin.split(".")[0]);
    }
  });
});

describe("wiringProblems() names", () => {
  const cases: readonly [string, Build, string][] = [
    ["a pin used twice", withNet("mosi", plus("U3.SCK")), "Pin U3.SCK is used twice: sck and mosi"],
    ["a pin used twice in one net", withNet("sck", plus("U3.SCK")), "Pin U3.SCK is used twice: in net sck"],
    ["an open pin that is wired", withNet("out", plus("U1.P0A")), "Pin U1.P0A is used twice: out and open"],
    ["a chip without supply", withNet("supply", without("U4.VDD")), "U4 has no supply: VDD is unconnected"],
    ["a chip with its supply elsewhere", moved("U4.VDD", "supply", "sck"), "U4 has no supply: VDD is on sck"],
    ["a chip without ground", withNet("ground", without("U9.GND")), "U9 has no ground: GND is unconnected"],
    ["a converter without reference", withNet("supply", without("U10.VREF")), "U10 has no supply: VREF is unconnected"],
    ["an unconnected pin", withNet("sck", without("U7.SCK")), "Pin U7.SCK is unconnected"],
    [
      "an input left open",
      { ...withNet("sck", without("U7.SCK")), open: [...bench16Build.open, "U7.SCK"] },
      "Input U7.SCK is left open",
    ],
    ["two outputs on one net", moved("U11.VB", "x1", "x0"), "Output drives output in net x0: U11.VA, U11.VB"],
    ["an output on a shared line", moved("A1.D6", "clamp-close", "miso"), "Output drives output in net miso: A1.D6,"],
    ["an output on the ground", moved("U11.VB", "x1", "ground"), "Output drives ground: U11.VB"],
    ["an output on the supply", moved("U11.VB", "x1", "supply"), "Output drives output in net supply: A1.5V, U11.VB"],
    ["a board without its 5 V", withNet("supply", without("A1.5V")), "Net supply needs one source of supply: none"],
    ["a bus without pull-up", withNet("supply", without("R13.1")), "Net sda has no pull-up"],
    [
      "a select that floats at reset",
      withNet("supply", without("R10.1")),
      "Nothing holds U10.CS before the firmware runs: net adc-select",
    ],
    ["a clamp that floats at reset", withNet("ground", without("R11.2")), "Nothing holds U13.1E before the firmware runs"],
    ["an input that nothing drives", withNet("pot-latch", without("A1.D8")), "Nothing drives net pot-latch"],
    ["a net of one pin", withNet("pot-latch", without("A1.D8")), "Net pot-latch joins 1 pin"],
    ["missing decoupling", withNet("ground", without("C5.2")), "13 chips share 12 capacitors of 100 nF at their supply"],
    ["a pin that does not exist", withNet("sck", plus("U1.CLK")), "There is no pin U1.CLK"],
    [
      "a chip placed twice",
      { ...bench16Build, components: [...bench16Build.components, { ref: "U1", part: "mcp4251", purpose: "" }] },
      "Component U1 is placed twice",
    ],
    [
      "an unknown part",
      { ...bench16Build, components: [...bench16Build.components, { ref: "U14", part: "lm358", purpose: "" }] },
      "U14 is of unknown part lm358",
    ],
  ];
  for (const [name, build, wanted] of cases) {
    it(name, () => {
      expect(wiringProblems(build).join("\n")).toContain(wanted);
    });
  }
});

describe("networkProblems() names", () => {
  const { clamps, chipSelects, converter, edges, i2c, sources } = bench16Build;
  const cases: readonly [string, Build, string][] = [
    ["an edge without its end", withNet("out", without("U1.P0B")), "Edge x0-out has no end at out: U1.P0B is unconnected"],
    ["an edge at the wrong node", moved("U5.P0W", "x0", "x1"), "Edge x0-h0 has no end at x0: U5.P0W is on x1"],
    [
      "a missing edge",
      { ...bench16Build, edges: edges.slice(0, 15) },
      "Edge 15 is supply-h1 in the netlist and missing in the build",
    ],
    [
      "two edges of one wiper",
      { ...bench16Build, edges: edges.with(1, { edge: "x1-out", pot: "U1", wiper: 0 }) },
      "U1 wiper 0 is edge twice: x0-out and x1-out",
    ],
    [
      "an edge on another chip",
      { ...bench16Build, edges: edges.with(0, { edge: "x0-out", pot: "U2", wiper: 0 }) },
      "Edge x0-out must be wiper 0 of U1: U2 wiper 0",
    ],
    [
      "an address clash",
      { ...bench16Build, i2c: i2c.with(1, { component: "U12", address: 0x60 }) },
      "I2C address 96 is used twice: U11 and U12",
    ],
    [
      "an address that the chip cannot have",
      { ...bench16Build, i2c: i2c.with(1, { component: "U12", address: 0x20 }) },
      "U12 has no I2C address within 96 to 103: 32",
    ],
    [
      "a chip-select clash",
      { ...bench16Build, chipSelects: chipSelects.with(3, { component: "U4", register: "U9", output: 2 }) },
      "U9 output 2 selects two chips: U3 and U4",
    ],
    ["a chip without select", { ...bench16Build, chipSelects: chipSelects.slice(0, 7) }, "U8 has no chip select"],
    [
      "two select wires swapped",
      moved("U3.CS", "pot-select-2", "pot-select-3"),
      "U3 is not selected by U9.QC: U3.CS is on pot-select-3",
    ],
    [
      "a node without converter channel",
      { ...bench16Build, converter: { ...converter, channels: converter.channels.with(5, "h0") } },
      "Node h1 has no converter channel",
    ],
    [
      "a node with two converter channels",
      { ...bench16Build, converter: { ...converter, channels: converter.channels.with(5, "h0") } },
      "Node h0 has two converter channels",
    ],
    [
      "a converter channel at the wrong node",
      moved("U10.CH4", "h0", "h1"),
      "Converter channel 4 does not read h0: U10.CH4 is on h1",
    ],
    ["a source without DAC", { ...bench16Build, sources: sources.slice(1) }, "Source x0 has no DAC channel"],
    [
      "a DAC channel used twice",
      { ...bench16Build, sources: sources.with(1, { node: "x1", dac: "U11", channel: "A" }) },
      "U11 channel A is used twice: x0 and x1",
    ],
    ["a source that is not driven", withNet("x2", without("U11.VC")), "Source x2 is not driven: U11.VC is unconnected"],
    ["an output without clamp", { ...bench16Build, clamps: [] }, "Output out has no clamp"],
    [
      "a clamp on another pin of the board",
      { ...bench16Build, clamps: clamps.map((clamp) => ({ ...clamp, closedBy: "D8" })) },
      "Clamp of out is not joined: U13.1E is on clamp-close",
    ],
    ["a clamp that misses its node", withNet("out", without("U13.1Z")), "Clamp of out is not joined: U13.1Z is unconnected"],
  ];
  for (const [name, build, wanted] of cases) {
    it(name, () => {
      expect(networkProblems(build, netlist).join("\n")).toContain(wanted);
    });
  }

  it("a netlist that has changed", () => {
    const other = { ...netlist, edges: netlist.edges.with(2, { name: "x2-h1", from: "x2", to: "h1" }) };
    expect(networkProblems(bench16Build, other)).toContain("Edge 2 is x2-h1 in the netlist and x2-out in the build");
    expect(networkProblems(bench16Build, { ...netlist, nodes: [...netlist.nodes, "h2"] })).toEqual([
      "Node h2 has no converter channel",
    ]);
  });
});
