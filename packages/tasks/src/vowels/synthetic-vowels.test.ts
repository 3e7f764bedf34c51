import { describe, expect, it } from "vitest";
import { petersonBarney } from "./peterson-barney.ts";
import { syntheticVowels } from "./synthetic-vowels.ts";

/** Power of a sound at a frequency, by Goertzel's sum. */
function power(samples: Float32Array, hertz: number): number {
  const angle = (2 * Math.PI * hertz) / 16_000;
  let [re, im] = [0, 0];
  for (const [i, value] of samples.entries()) {
    re += value * Math.cos(angle * i);
    im += value * Math.sin(angle * i);
  }
  return re * re + im * im;
}

describe("syntheticVowels()", () => {
  it("has a spectrum that peaks at the measured formants", () => {
    const table = petersonBarney();
    const clips = syntheticVowels({ seed: 3, vowels: ["iy", "aa"] });
    expect(clips).toHaveLength(2 * 76 * 2);
    let nearer = 0;
    for (const { sound, speaker, vowel } of clips.slice(0, 40)) {
      const row = table.labels.findIndex((label, i) => table.classes[label] === vowel && table.speakers[i] === speaker);
      const second = table.features.data[row * 4 + 2] as number;
      const around = (hertz: number): number =>
        [-200, -150, -100, -50, 0, 50, 100, 150, 200].reduce((sum, off) => sum + power(sound.samples, hertz + off), 0);
      if (around(second) > around(second * 1.4)) nearer += 1;
    }
    expect(nearer).toBeGreaterThan(36);
  });

  it("is the same for the same seed only", () => {
    const one = (seed: number): Float32Array =>
      (syntheticVowels({ seed, vowels: ["iy"], speakers: 76 })[0] as { sound: { samples: Float32Array } }).sound.samples;
    expect(one(1)).toEqual(one(1));
    expect(one(1)).not.toEqual(one(2));
    expect(one(1).every((value) => Math.abs(value) < 0.6)).toBe(true);
  });
});
