import { networkProblems, wiringProblems } from "@ohmwork/bench-16";
import { ear12Build } from "@ohmwork/ear-12";
import { ear12 } from "@ohmwork/systems";
import { describe, expect, it } from "vitest";
import { earBillOfMaterial, earPriceOf } from "./bill-of-material.ts";
import { earBringUp } from "./bring-up.ts";
import { chainPicture } from "./chain-picture.ts";
import { channelValues, ear12Start, type Positions } from "./positions.ts";
import { wholeDeck } from "./whole-deck.ts";
import { earWiringGuide } from "./wiring-guide.ts";

type CheckedBuild = Parameters<typeof wiringProblems>[0];

/** The build as bench-16's checks know one; they ask nothing more of it. */
const asChecked = ({ ...changes }: Partial<typeof ear12Build> = {}): CheckedBuild =>
  ({ ...ear12Build, clamps: [], ...changes }) as unknown as CheckedBuild;

const { channels, components, nets, parts, edges } = ear12Build;

describe("ear12Build", () => {
  it("has no pin used twice, left open or driven by two, and holds every select until the firmware runs", () => {
    expect(wiringProblems(asChecked())).toEqual([]);
  });

  it("is found out when a wire is missing, or on another net", () => {
    const without = (pin: string): unknown =>
      wiringProblems(asChecked({ nets: nets.map((net) => ({ ...net, pins: net.pins.filter((at) => at !== pin) })) }));
    for (const pin of ["U301.INC-", "P502.CS", "R308.2", "U2.VDD", "D701.K"]) expect(without(pin)).not.toEqual([]);
    const both = nets.map((net) => (net.name === "b4" ? { ...net, pins: [...net.pins, "U401.OUTD"] } : net));
    expect(wiringProblems(asChecked({ nets: both }))).toEqual([
      "Pin U401.OUTD is used twice: b4 and l4",
      "Output drives output in net b4: U401.OUTC, U401.OUTD",
    ]);
  });

  it("has the edges of the mixing network in order, 14 to each answer, each with both ends", () => {
    expect(edges.map(({ to }) => to)).toEqual(["o1", "o2", "o3"].flatMap((to) => Array.from({ length: 14 }, () => to)));
    const build = {
      ...asChecked(),
      edges: [],
      converter: { component: "U2", channels: [] },
      sources: [],
      chipSelects: [],
      i2c: [],
    };
    const netlist = { nodes: [], edges: [], roles: { sources: [], grounds: [], rails: [], outputs: [] } };
    expect(
      networkProblems(build as unknown as CheckedBuild, netlist).filter((problem) => !problem.includes("chip select")),
    ).toEqual([]);
    for (const { from, to, pot, wiper } of edges) {
      expect(nets.find(({ name }) => name === from)?.pins).toContain(`${pot}.P${wiper}W`);
      expect(nets.find(({ name }) => name === to)?.pins).toContain(`${pot}.P${wiper}B`);
    }
  });

  it("is the ear that is simulated: ranges within 2 %, start within a position", () => {
    const design = ear12();
    expect(channels).toHaveLength(design.channels.length);
    for (const [k, channel] of channels.entries()) {
      const drawn = design.channels[k] as (typeof design.channels)[number];
      const full = channelValues(channel, { frequency: 256, damping: 128, gain: 256 });
      expect(Math.abs(full.hertz / drawn.fullHertz - 1)).toBeLessThan(0.02);
      expect(Math.abs(full.gain / drawn.fullGain - 1)).toBeLessThan(0.02);
      const start = channelValues(channel, ear12Start[k] as Positions);
      expect(Math.abs(start.hertz - drawn.startHertz)).toBeLessThan(drawn.fullHertz / 256);
      expect(Math.abs(1 / start.quality - 1 / drawn.startQuality)).toBeLessThan(0.95 / 256);
    }
    const most = channelValues(channels[0] as (typeof channels)[number], { frequency: 128, damping: 256, gain: 128 });
    const least = channelValues(channels[0] as (typeof channels)[number], { frequency: 128, damping: 0, gain: 128 });
    expect([least.quality, most.quality].map((quality) => quality.toFixed(1))).toEqual(["20.0", "1.0"]);
  });
});

describe("what is made of it", () => {
  it("names every chip and board in wiring.md, those of channel 1 for all channels", () => {
    const guide = earWiringGuide();
    const chips = components.filter(({ ref, part }) => {
      const number = Number(ref.slice(1));
      return number < 200 && ["chip", "board"].includes(parts.find(({ id }) => id === part)?.kind ?? "");
    });
    expect(chips.filter(({ ref }) => !guide.includes(`| ${ref} |`))).toEqual([]);
    expect(chips.length).toBeGreaterThan(35);
  });

  it("sums what is placed in bom.md", () => {
    const sums = [...earBillOfMaterial().matchAll(/\| (\d+) \| [^\n]* \| ([\d.]+) \| ([\d.]+) \|/g)].map(
      ([, pieces, each, sum]) => {
        expect(Number(pieces) * Number(each)).toBeCloseTo(Number(sum), 6);
        return Number(sum);
      },
    );
    const all = earPriceOf(["chip", "diode", "resistor", "capacitor", "board", "accessory", "tool"]);
    expect(sums.reduce((a, b) => a + b, 0)).toBeCloseTo(all, 6);
    expect(earBillOfMaterial()).toContain("| 25 | MCP6024");
  });

  it("expects readings between the rails in bring-up.md", () => {
    const volts = [...earBringUp().matchAll(/(\d\.\d\d) \((-?\d\.\d\d) to (\d\.\d\d)\)/g)].map((found) =>
      found.slice(1).map(Number),
    );
    expect(volts).toHaveLength(3 * channels.length);
    for (const [nominal = 0, low = 0, high = 0] of volts) {
      expect(low).toBeGreaterThan(0.2);
      expect(low).toBeLessThanOrEqual(nominal);
      expect(high).toBeGreaterThanOrEqual(nominal);
      expect(high).toBeLessThanOrEqual(2.5);
    }
  });

  it("draws the chain, and puts every op-amp, potentiometer, resistor and switch of a channel into the deck", () => {
    expect(chainPicture()).toContain(`${edges.length} rheostats`);
    const deck = wholeDeck();
    expect(deck.match(/^XU\d+[A-D] /gm)).toHaveLength(8 * channels.length);
    expect(deck.match(/^RP\d+[ABW]\d /gm)).toHaveLength(12 * channels.length);
    expect(deck.match(/^R\d\d\d+ /gm)).toHaveLength(18 * channels.length);
    expect(deck.match(/^C\d\d\d+ /gm)).toHaveLength(5 * channels.length);
    expect(deck.match(/^D\d+ /gm)).toHaveLength(2 * channels.length);
    expect(deck.match(/^SU\d+\d /gm)).toHaveLength(2 * channels.length);
  });
});
