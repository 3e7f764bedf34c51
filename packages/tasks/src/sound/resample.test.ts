import { describe, expect, it } from "vitest";
import { resample } from "./resample.ts";

const tone = (hertz: number, rate: number, seconds = 0.5): Float32Array =>
  Float32Array.from({ length: seconds * rate }, (_, i) => Math.sin((2 * Math.PI * hertz * i) / rate));

/** Largest distance from a tone, away from the ends, where the filter reaches beyond the sound. */
function distance(samples: Float32Array, wanted: Float32Array): number {
  const edge = 600;
  let most = 0;
  for (let i = edge; i < samples.length - edge; i += 1)
    most = Math.max(most, Math.abs((samples[i] as number) - (wanted[i] as number)));
  return most;
}

describe("resample()", () => {
  it("keeps a tone that both rates can hold, in phase", () => {
    for (const from of [8000, 11_025, 22_050, 44_100, 48_000, 96_000]) {
      const hertz = 0.85 * Math.min(8000, from / 2);
      const made = resample({ rate: from, samples: tone(hertz, from) }, 16_000);
      expect(made.rate).toBe(16_000);
      expect(made.samples).toHaveLength(Math.floor((Math.floor(from / 2) * 16_000) / from));
      expect(distance(made.samples, tone(hertz, 16_000)), `from ${from}`).toBeLessThan(0.01);
    }
  });

  it("takes away a tone that would be folded back", () => {
    const tones = [
      [44_100, 8100],
      [48_000, 12_000],
      [96_000, 17_000],
    ] as const;
    for (const [from, hertz] of tones) {
      const made = resample({ rate: from, samples: tone(hertz, from) }, 16_000).samples;
      expect(distance(made, new Float32Array(made.length)), `${hertz} of ${from}`).toBeLessThan(1e-4);
    }
  });

  it("leaves a sound of that rate alone, and refuses a rate that is none", () => {
    const samples = tone(440, 16_000);
    expect(resample({ rate: 16_000, samples }, 16_000).samples).toBe(samples);
    expect(() => resample({ rate: 16_000, samples }, 0)).toThrow("Rate must be a whole number of 1000");
  });
});
