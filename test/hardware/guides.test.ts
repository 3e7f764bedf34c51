import { readFileSync } from "node:fs";
import { bench16Build } from "@ohmwork/bench-16";
import { describe, expect, it } from "vitest";
import { benchNetwork } from "./bench-voltages.ts";
import { parseIntelHex } from "@ohmwork/firmware-bridge";
import { billOfMaterial, priceOf } from "./bill-of-material.ts";
import { bringUp, dacMessages } from "./bring-up.ts";
import { readings, symptomsOf } from "./bring-up-voltages.ts";
import { worstSourceAmperes, fact, sampleSeconds, settleSeconds } from "./load.ts";
import { partByRef, pinLabel } from "./pin-names.ts";
import { places, rowsFor, wireCount } from "./placement.ts";
import { networkPicture } from "./network-picture.ts";
import { wiringGuide } from "./wiring-guide.ts";

describe("wiring.md", () => {
  it("names every pin of every chip once or more, in the form that is printed on it", () => {
    const guide = wiringGuide();
    const missing = bench16Build.components.flatMap(({ ref, part }) => {
      const { kind, pins } = bench16Build.parts.find(({ id }) => id === part) ?? { kind: "tool", pins: [] };
      if (kind === "tool" || kind === "accessory") return [];
      if (kind !== "chip") return guide.includes(ref) ? [] : [ref];
      return pins
        .map((pin) => pinLabel(`${ref}.${pin.name}`))
        .filter(
          (label) =>
            !guide.includes(label) &&
            !new RegExp(`\\| ${ref} \\|[^\\n]*${label.slice(ref.length + 1).replaceAll(/[()]/g, "\\$&")}`).test(guide),
        );
    });
    expect(missing).toEqual([]);
  });

  it("has a place for every chip and the board, none over another, all on their breadboards, and the rows of the nodes beside them", () => {
    const wanted = bench16Build.components
      .filter(({ ref }) => ["chip", "board"].includes(partByRef(ref).kind))
      .map(({ ref }) => ref);
    expect(places.map(({ ref }) => ref).toSorted()).toEqual(wanted.toSorted());
    for (const { breadboard } of bench16Build.placement) {
      const here = places.filter((place) => place.breadboard === breadboard);
      for (const [i, { first }] of here.entries()) expect(first).toBeGreaterThan(here[i - 1]?.last ?? 0);
      const nodeRows = bench16Build.nets.filter(({ role }) => role === "node").map(({ pins }) => rowsFor(pins.length));
      const forNodes = breadboard === "B1" ? Math.ceil(nodeRows.reduce((a, b) => a + b, 0) / 2) : 0;
      expect((here.at(-1)?.last ?? 0) + forNodes).toBeLessThan(partByRef(breadboard).facts["columns"] ?? 0);
    }
  });
});

describe("bom.md", () => {
  it("counts what is placed, and its sum is the sum of its pieces", () => {
    const text = billOfMaterial();
    expect(text).toContain("| 8 | MCP4251,");
    expect(text).toContain("| 13 | Ceramic capacitor 100 nF");
    const sums = [...text.matchAll(/\| (\d+) \| [^\n]* \| ([\d.]+) \| ([\d.]+) \|/g)].map(([, pieces, each, sum]) => {
      expect(Number(pieces) * Number(each)).toBeCloseTo(Number(sum), 6);
      return Number(sum);
    });
    expect(sums.reduce((a, b) => a + b, 0)).toBeCloseTo(
      priceOf(["chip", "board", "resistor", "capacitor", "accessory", "tool"]),
      6,
    );
  });

  it("has a wire for each wire", () => {
    const sets = bench16Build.components.filter(({ part }) => part === "jumper-wires").length;
    // Counted by hand from wiring.md: 36 + 23 to the rails, 46 of signals, 38 to nodes, 4 between their rows, 14 of rails, 4 of step 4.
    expect(wireCount()).toBe(165);
    expect(sets * fact("jumper-wires", "pieces")).toBeGreaterThanOrEqual(wireCount());
    expect((sets - 1) * fact("jumper-wires", "pieces")).toBeLessThan(wireCount());
  });
});

describe("bring-up.md", () => {
  it("quotes the sketch of step 5 word for word", () => {
    const hex = readFileSync(new URL("../../firmware-bridge/firmware/dac-address.hex", import.meta.url), "utf8");
    const said = new TextDecoder("latin1").decode(parseIntelHex(hex).bytes);
    const guide = bringUp();
    for (const message of Object.values(dacMessages)) {
      expect(guide).toContain(message);
      expect(said).toContain(message.replace(/0$/, "")); // the digit is the chip's
    }
    expect(bench16Build.nets.flatMap(({ pins }) => pins)).not.toContain("A1.D9"); // free for LDAC
    expect(bench16Build.nets.find(({ name }) => name === "sda")?.pins).toContain("A1.A4");
    expect(bench16Build.nets.find(({ name }) => name === "scl")?.pins).toContain("A1.A5");
  });

  it("has a reading that leaves its range for every edge without contact, and no two edges show the same", () => {
    const shown = benchNetwork.circuit.edges.map(({ name }) =>
      symptomsOf(name)
        .map(({ high, node, volts }) => `${high}:${node}:${volts.toFixed(1)}`)
        .toSorted()
        .join(),
    );
    expect(shown.every((symptoms) => symptoms.length > 0)).toBe(true);
    expect(new Set(shown).size).toBe(benchNetwork.circuit.edges.length);
  });

  it("has readings within the rails, each within its range", () => {
    for (const { range } of readings) {
      expect(range.low).toBeGreaterThan(0);
      expect(range.low).toBeLessThan(range.nominal);
      expect(range.high).toBeGreaterThan(range.nominal);
      expect(range.high).toBeLessThan(bench16Build.supplyVolts);
    }
  });
});

describe("the load of the converters", () => {
  it("is within what a DAC channel gives, for every source", () => {
    for (const { node } of bench16Build.sources)
      expect(worstSourceAmperes(node)).toBeLessThan(fact("mcp4728", "shortCircuitAmperes") / 2);
  });

  it("is Ohm's law at the lowest safe position of a chip 20 % low", () => {
    expect(worstSourceAmperes("x0")).toBeCloseTo((2 * 5) / (75 + (0.8 * 100_000 * 7) / 256), 9);
  });

  it("settles and samples in the time that a charge needs", () => {
    // h0: four terminals B, one wiper, 50 pF; five edges of 100,075 Ω.
    const seconds = (100_075 / 5) * (4 * 75e-12 + 120e-12 + 50e-12);
    expect(settleSeconds("h0")).toBeCloseTo(seconds * Math.log(8192), 9);
    expect(sampleSeconds("h0")).toBeLessThan(settleSeconds("h0"));
    expect(sampleSeconds("h0", 128)).toBeLessThan(sampleSeconds("h0"));
  });
});

describe("network.svg", () => {
  it("draws every node and every edge", () => {
    const svg = networkPicture();
    for (const node of benchNetwork.circuit.nodes) expect(svg).toContain(`>${node}</text>`);
    for (const { pot, wiper } of bench16Build.edges) expect(svg).toContain(`>${pot}·${wiper}</text>`);
    expect(svg.match(/<line /g)).toHaveLength(benchNetwork.circuit.edges.length);
  });
});
