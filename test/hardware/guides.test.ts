import { bench16Build } from "@ohmwork/bench-16";
import { describe, expect, it } from "vitest";
import { benchNetwork } from "./bench-voltages.ts";
import { billOfMaterial, priceOf } from "./bill-of-material.ts";
import { readings, symptomsOf } from "./bring-up-voltages.ts";
import { worstSourceAmperes, fact, sampleSeconds, settleSeconds } from "./load.ts";
import { pinLabel } from "./pin-names.ts";
import { networkPicture } from "./network-picture.ts";
import { wiringGuide } from "./wiring-guide.ts";

describe("wiring.md", () => {
  it("names every pin of every chip once or more, in the form that is printed on it", () => {
    const guide = wiringGuide();
    const missing = bench16Build.components.flatMap(({ ref, part }) => {
      const { kind, pins } = bench16Build.parts.find(({ id }) => id === part) ?? { kind: "accessory", pins: [] };
      if (kind !== "chip") return guide.includes(ref) || kind === "accessory" ? [] : [ref];
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
    expect(sums.reduce((a, b) => a + b, 0)).toBeCloseTo(priceOf(["chip", "board", "resistor", "capacitor", "accessory"]), 6);
  });
});

describe("bring-up.md", () => {
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
