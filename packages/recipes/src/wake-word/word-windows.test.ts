import { createRandom } from "@ohmwork/core";
import { LOG_CHANNELS } from "@ohmwork/systems";
import { describe, expect, it } from "vitest";
import { bestWindow, windowScore, WORD_FEATURES, wordWindows } from "./word-windows.ts";

const random = createRandom(6, "readings");
const readings = 90;
const volts = Float32Array.from({ length: readings * LOG_CHANNELS }, () => random.normal());
const power = Float32Array.from({ length: readings }, (_, i) => (i >= 20 && i < 70 ? 1 : 0));
const windows = wordWindows({ volts, power });

describe("wordWindows()", () => {
  it("has a window every two readings, of slot means less their own mean", () => {
    expect(windows.count).toBe(18);
    expect(windows.features).toHaveLength(18 * WORD_FEATURES);
    const window = 5;
    const slotMean = (slot: number, channel: number): number => {
      let sum = 0;
      for (let r = 0; r < 7; r += 1) sum += volts[(2 * window + 7 * slot + r) * LOG_CHANNELS + channel] as number;
      return sum / 7;
    };
    const all = Array.from({ length: 96 }, (_, i) => slotMean(Math.floor(i / 12), i % 12));
    const mean = all.reduce((sum, value) => sum + value, 0) / 96;
    for (const [i, value] of all.entries()) expect(windows.features[window * 96 + i]).toBeCloseTo(value - mean, 5);
  });

  it("accepts windows with a quarter of the loudest one's energy", () => {
    const silent = Float32Array.from({ length: 200 }, (_, i) => (i >= 100 && i < 120 ? 1 : 0));
    const { accepted, loudest } = wordWindows({ volts: new Float32Array(200 * LOG_CHANNELS), power: silent });
    // Windows of 56 readings from 2 w: five readings of the twenty are a quarter.
    expect([accepted[0], accepted.at(-1)]).toEqual([25, 57]);
    expect(loudest).toBe(32);
  });

  it("finds the window that a detector likes best, of all or of some", () => {
    const weights = windows.features.slice(4 * WORD_FEATURES, 5 * WORD_FEATURES);
    expect(bestWindow(weights, windows)).toBe(4);
    expect(bestWindow(weights, windows, [7, 8])).not.toBe(4);
    expect(windowScore(weights, windows, 4)).toBeCloseTo(
      weights.reduce((sum, weight) => sum + weight ** 2, 0),
      3,
    );
  });

  it("refuses a clip that is shorter than a window", () => {
    const short = { volts: new Float32Array(55 * LOG_CHANNELS), power: new Float32Array(55) };
    expect(() => wordWindows(short)).toThrow("Clip must have 56 readings or more: 55");
  });
});
