import { describe, expect, it } from "vitest";
import { soundLevel } from "./sound-level.ts";

describe("soundLevel()", () => {
  it("is 1/√2 of its peak for a sine, 3.01 dB below full scale", () => {
    const sine = Float32Array.from({ length: 1600 }, (_, i) => Math.sin((2 * Math.PI * i) / 16));
    const { peak, rms, rmsDecibels } = soundLevel(sine);
    expect(peak).toBe(1);
    expect(rms).toBeCloseTo(Math.SQRT1_2, 6);
    expect(rmsDecibels).toBeCloseTo(-3.0103, 4);
  });

  it("hears nothing in an offset, and nothing in no samples", () => {
    expect(soundLevel(new Float32Array(100).fill(0.25))).toEqual({ peak: 0.25, rms: 0, rmsDecibels: -Infinity, clipped: 0 });
    expect(soundLevel(new Float32Array(0))).toEqual({ peak: 0, rms: 0, rmsDecibels: -Infinity, clipped: 0 });
  });

  it("counts samples at either end of the scale, and none just below", () => {
    expect(soundLevel(Float32Array.of(1, -1, 32767 / 32768, 0.999, -0.99)).clipped).toBe(3);
  });
});
