import { bench16Build } from "@ohmwork/bench-16";
import { describe, expect, it } from "vitest";
import { createBench } from "./bench.ts";
import { type BoardImperfections, idealBench, typicalBench } from "./imperfections.ts";
import { wiringOf } from "./wiring.ts";
import { applyWiringFaults, type WiringFault } from "./wiring-fault.ts";

function create(imperfections: BoardImperfections = idealBench, wiringFaults: readonly WiringFault[] = [], seed = 1) {
  const faults: string[] = [];
  let seconds = 0;
  const wiring = wiringOf(bench16Build);
  const bench = createBench({
    bench: applyWiringFaults(wiring, wiringFaults),
    imperfections,
    seed,
    report: (message) => faults.push(message),
    now: () => seconds,
  });
  const clock = 1e6;
  const pattern = (byte: number): void => {
    bench.exchange(byte, clock);
    bench.setPin("D8", true);
    bench.setPin("D8", false);
  };
  const withPot = (pot: number, bytes: readonly number[]): number[] => {
    bench.setPin("D7", true);
    pattern(0xff & ~(1 << pot));
    bench.setPin("D7", false);
    const back = bytes.map((byte) => bench.exchange(byte, clock));
    bench.setPin("D7", true);
    return back;
  };
  const convert = (channel: number): number => {
    bench.setPin("D10", false);
    bench.exchange(0x06 | (channel >> 2), clock);
    const high = bench.exchange((channel & 3) << 6, clock);
    const low = bench.exchange(0, clock);
    bench.setPin("D10", true);
    return ((high & 0x0f) << 8) | low;
  };
  const drive = (address: number, codes: readonly number[]): void => {
    for (const bytes of [[0x80], codes.flatMap((code) => [code >> 8, code & 0xff])]) {
      bench.i2c.start();
      bench.i2c.connect(address, false);
      for (const byte of bytes) bench.i2c.write(byte);
      bench.i2c.stop();
    }
  };
  const node = (name: string): number => bench.volts(wiring.nodes.indexOf(name));
  const wait = (by: number): void => {
    seconds += by;
  };
  return { bench, pattern, withPot, convert, drive, node, wait, faults, wiring };
}

describe("createBench()", () => {
  it("selects through the shift register the one chip whose output is low", () => {
    const { bench, withPot, faults } = create();
    for (let pot = 0; pot < 8; pot += 1) withPot(pot, [0x00, 10 + pot, 0x10, 20 + pot]);
    for (let edge = 0; edge < 16; edge += 1) expect(bench.position(edge)).toBe((edge % 2 === 0 ? 10 : 20) + (edge >> 1));
    expect(withPot(3, [0x1c, 0])).toEqual([0xfe, 23]);
    expect(faults).toEqual([]);
  });

  it("reports two chips selected at once and a clock that is too fast", () => {
    const { bench, pattern, faults } = create();
    pattern(0xfc);
    bench.setPin("D7", false);
    bench.exchange(0x04, 1e6);
    expect(faults).toEqual(["SPI: U1 and U2 selected at once"]);
    bench.setPin("D7", true);
    bench.setPin("D10", false);
    bench.exchange(0x06, 4e6);
    expect(faults[1]).toBe("U10 (MCP3208): clock of 4 MHz, limit 2 MHz");
  });

  it("finds every pot selected when the register is enabled before it is loaded", () => {
    const { bench, faults } = create();
    bench.setPin("D7", false);
    bench.exchange(0xff, 1e6);
    expect(faults[0]).toBe("SPI: U1 and U2 and U3 and U4 and U5 and U6 and U7 and U8 selected at once");
  });

  it("converts node voltages within one code, and reads ones where no chip answers", () => {
    const { bench, drive, convert, node } = create();
    drive(0x60, [1000, 2000, 3000, 4000]);
    ["x0", "x1", "x2", "x3", "h0", "h1", "out", "supply"].forEach((name, channel) => {
      const code = Math.min(4095, (node(name) / 5) * 4096);
      expect(Math.abs(convert(channel) - code)).toBeLessThanOrEqual(1);
    });
    expect(bench.exchange(0x0c, 1e6)).toBe(0xff);
  });

  it("clamps a node through the switch, whose resistance leaves a small part of the old voltage", () => {
    const { bench, drive, node } = create();
    drive(0x60, [1000, 2000, 3000, 4000]);
    drive(0x61, [500]);
    const free = node("out");
    bench.setPin("D6", true);
    const held = (500 / 4096) * 5;
    expect(Math.abs(node("out") - held)).toBeLessThan(0.005 * Math.abs(free - held));
    expect(node("out")).not.toBe(held);
    bench.setPin("D6", false);
    expect(node("out")).toBeCloseTo(free, 12);
  });

  it("settles with the time constant of a node's capacitance and what it sees", () => {
    // `out` in the middle: six edges of R = 50,075 Ω to held nodes, and h0 and h1 behind R with four more to held nodes each,
    // so R / (6 + 2 / 1.25); eight terminals of 75 pF (DS22060) and 1 nF.
    const seconds = (50_075 / 7.6) * (1e-9 + 8 * 75e-12);
    const { drive, node, wait } = create({ ...idealBench, strayFarads: 1e-9 });
    drive(0x60, [0, 0, 0, 0]);
    wait(1);
    const from = node("out");
    drive(0x60, [4000, 4000, 4000, 4000]);
    expect(node("out")).toBeCloseTo(from, 9);
    wait(seconds);
    const after = node("out");
    wait(1);
    expect((after - from) / (node("out") - from)).toBeCloseTo(1 - Math.exp(-1), 4); // each source has 1 Ω
  });

  it("draws its parts from the seed", () => {
    const out = (seed: number): number => {
      const { drive, node, wait } = create(typicalBench, [], seed);
      drive(0x60, [1000, 2000, 3000, 4000]);
      wait(1);
      return node("out");
    };
    expect(out(1)).toBe(out(1));
    expect(out(1)).not.toBe(out(2));
    const { drive, node } = create();
    drive(0x60, [1000, 2000, 3000, 4000]);
    expect(Math.abs(out(1) - node("out"))).toBeLessThan(0.05);
  });
});

describe("applyWiringFaults()", () => {
  const out = (faults: readonly WiringFault[], taps: readonly [number, number][] = []) => {
    const made = create(idealBench, faults);
    for (const [edge, tap] of taps) made.withPot(edge >> 1, [((edge & 1) << 4) | (tap >> 8), tap & 0xff]);
    made.drive(0x60, [4000, 0, 0, 0]);
    return made;
  };

  it("opens an edge, kills a wiper, shorts a node, cuts a chip select", () => {
    const healthy = out([], [[8, 1]]);
    expect(healthy.node("h0")).toBeGreaterThan(4.7);
    expect(out([{ kind: "open-edge", edge: "x0-h0" }], [[8, 1]]).node("h0")).toBeLessThan(2.5);
    const dead = out([{ kind: "dead-pot", edge: "x0-h0" }], [[8, 1]]);
    expect(dead.withPot(4, [0x0c, 0])).toEqual([0xfe, 1]);
    expect(dead.node("h0")).toBeLessThan(3);
    expect(out([{ kind: "shorted-node", node: "h0", to: "ground" }], [[8, 1]]).node("h0")).toBeLessThan(0.01);
    const cut = out([{ kind: "missing-chip-select", pot: "U5" }], [[8, 1]]);
    expect(cut.withPot(4, [0x0c, 0])).toEqual([0xff, 0xff]);
    expect(cut.bench.position(8)).toBe(128);
  });

  it("shorts a driven node against the resistance of its source", () => {
    expect(out([{ kind: "shorted-node", node: "x0", to: "ground" }]).node("x0")).toBeLessThan(0.1);
  });

  it("swaps two edges: each moves the other's nodes", () => {
    const swapped = out([{ kind: "swapped-edges", edges: ["x0-h0", "x1-h1"] }], [[12, 1]]);
    expect(swapped.node("h0")).toBeGreaterThan(4.7);
    expect(swapped.node("h1")).toBeLessThan(3);
  });

  it("refuses what is not there", () => {
    expect(() => create(idealBench, [{ kind: "open-edge", edge: "x9-h0" }])).toThrow(/Unknown edge "x9-h0"/);
    expect(() => create(idealBench, [{ kind: "shorted-node", node: "ground", to: "supply" }])).toThrow(RangeError);
    expect(() => create(idealBench, [{ kind: "missing-chip-select", pot: "U9" }])).toThrow(/Unknown potentiometer chip "U9"/);
  });
});
