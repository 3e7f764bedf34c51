import { describe, expect, it } from "vitest";
import { fitChannel, type ToneResponse } from "./fit-channel.ts";

/** Response of g (ω/Q) s / (s² + (ω/Q) s + ω²) to a tone, in complex numbers. */
function response(tone: number, { hertz, quality, gain }: { hertz: number; quality: number; gain: number }): number {
  const damped = (hertz * tone) / quality;
  return (gain * damped) / Math.hypot(hertz ** 2 - tone ** 2, damped);
}

function tones(channel: { hertz: number; quality: number; gain: number }, error = 0): ToneResponse[] {
  return Array.from({ length: 25 }, (_, i) => {
    const hertz = channel.hertz * 2 ** ((i - 14) / 8);
    return { hertz, response: response(hertz, channel) * (1 + error * Math.sin(7 * i)) };
  });
}

describe("fitChannel()", () => {
  it("finds every channel again from 25 tones", () => {
    for (const hertz of [80, 250, 1301, 3800]) {
      for (const quality of [1, 4, 20]) {
        const fitted = fitChannel(tones({ hertz, quality, gain: 0.3 }));
        expect(fitted.hertz / hertz).toBeCloseTo(1, 6);
        expect(fitted.quality / quality).toBeCloseTo(1, 6);
        expect(fitted.gain / 0.3).toBeCloseTo(1, 6);
      }
    }
  });

  it("bears responses that are 2 % off", () => {
    const fitted = fitChannel(tones({ hertz: 1301, quality: 3.6, gain: 8 }, 0.02));
    expect(fitted.hertz / 1301).toBeCloseTo(1, 2);
    expect(Math.abs(fitted.quality / 3.6 - 1)).toBeLessThan(0.05);
    expect(Math.abs(fitted.gain / 8 - 1)).toBeLessThan(0.03);
  });

  it("refuses what is no resonance", () => {
    const rising = [100, 200, 400, 800].map((hertz) => ({ hertz, response: hertz ** 2 }));
    expect(() => fitChannel(rising)).toThrow(RangeError);
    expect(() => fitChannel(rising.slice(0, 2))).toThrow("A channel is fitted to three tones or more: 2 given");
    expect(() => fitChannel([...rising, { hertz: 1, response: 0 }])).toThrow("Tone and response must be positive: 1 Hz gave 0");
  });
});
