import { createEar, ear12, ear8, type EarDesign, earTimings, startCodes } from "@ohmwork/systems";
import { describe, expect, it } from "vitest";
import { calibrateChannels, type CalibratedChannel, type DrawnChannel } from "./calibrate-channels.ts";

/** At the codes that `startCodes` gives, on the positions of the potentiometers. */
function drawnOf(design: EarDesign, codes = startCodes(design)): DrawnChannel[] {
  const count = design.channels.length;
  return design.channels.map(({ fullHertz, fullGain }, k) => ({
    hertz: fullHertz * (codes[k] as number),
    quality: 1 / (0.05 + 0.95 * (codes[count + k] as number)),
    gain: fullGain * (codes[2 * count + k] as number),
  }));
}

async function calibrated(
  design: EarDesign,
  options: { gapScale: number; seed?: number; tamper?: (codes: Float32Array) => void; gate?: readonly number[] },
): Promise<CalibratedChannel[]> {
  await using system = createEar({ design, classes: 2, seed: options.seed ?? 1, gapScale: options.gapScale });
  const codes = startCodes(design);
  options.tamper?.(codes);
  const slots = design.timing.slots === "gated" ? 1 : design.timing.slots.count;
  const values = new Float32Array(codes.length + 2 * (slots * design.channels.length + 1));
  values.set(codes);
  await system.program(values);
  const { samples } = design.timing;
  return await calibrateChannels({
    system,
    channels: drawnOf(design),
    rate: 16_000,
    samples,
    gate: options.gate ?? [],
    repeats: 2,
  });
}

const departures = (channels: readonly CalibratedChannel[], what: keyof DrawnChannel): number[] =>
  channels.map(({ drawn, measured }) => (measured?.[what] ?? Number.NaN) / drawn[what] - 1);

describe("calibrateChannels()", () => {
  it("finds an ear without errors as it is drawn", async () => {
    const found = await calibrated(ear12(), { gapScale: 0 });
    expect(found).toHaveLength(12);
    for (const what of ["hertz", "quality", "gain"] as const)
      for (const departure of departures(found, what)) expect(Math.abs(departure)).toBeLessThan(0.03);
    expect(found.every(({ problem }) => problem === undefined)).toBe(true);
  });

  it("does so with one slot as well", async () => {
    const found = await calibrated(ear8(earTimings.gated), { gapScale: 0, gate: [0.3] });
    for (const departure of departures(found, "hertz")) expect(Math.abs(departure)).toBeLessThan(0.03);
  });

  it("tells which channel is off, in what, and which does not answer", async () => {
    const design = ear8();
    const found = await calibrated(design, {
      gapScale: 0,
      tamper: (codes) => {
        codes[2] = (codes[2] as number) * 1.25;
        codes[8 + 4] = (codes[8 + 4] as number) * 2;
        codes[16 + 5] = 4 / 256;
        codes[16 + 6] = (codes[16 + 6] as number) * 0.75;
      },
    });
    expect(departures(found, "hertz")[2]).toBeCloseTo(0.25, 1);
    expect(found.map(({ problem }) => problem?.split(":")[0])).toEqual([
      undefined,
      undefined,
      "off in frequency",
      undefined,
      "off in quality",
      "does not answer",
      "off in gain",
      undefined,
    ]);
  });

  it("finds a real board's parts within their errors, the same each time", async () => {
    const [one, again] = [await calibrated(ear8(), { gapScale: 1 }), await calibrated(ear8(), { gapScale: 1 })];
    const rms = (values: readonly number[]): number => Math.sqrt(values.reduce((sum, x) => sum + x * x, 0) / values.length);
    for (const what of ["hertz", "quality", "gain"] as const) {
      expect(rms(departures(one, what))).toBeGreaterThan(0.01);
      expect(rms(departures(one, what))).toBeLessThan(0.12);
      const differ = departures(one, what).map((x, k) => x - (departures(again, what)[k] as number));
      expect(rms(differ)).toBeLessThan(0.03);
    }
  });
});
