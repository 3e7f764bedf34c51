import { BadInputError, rowOf } from "@ohmwork/core";
import { describe, expect, it } from "vitest";
import { clipLayouts } from "../sound/aligned-clip.ts";
import { syntheticVowels } from "./synthetic-vowels.ts";
import { readVowelName, vowelClips } from "./vowel-clips.ts";

const clips = syntheticVowels({ seed: 1, vowels: ["iy", "ae"], speakers: 10 });

describe("vowelClips()", () => {
  it("tests every speaker once over five seeds, and learns from no one it tests on", () => {
    const small = { leadSamples: 0, samples: 400, gate: false };
    const tested: string[] = [];
    for (let seed = 1; seed <= 5; seed += 1) {
      const { train, validation, test } = vowelClips(clips, { seed, layout: small });
      const rows = (part: typeof test): string[] => Array.from(part.labels, (_, i) => rowOf(part.inputs, i).join());
      expect(train.labels.length + validation.labels.length + test.labels.length).toBe(clips.length);
      tested.push(...rows(test));
      const learnt = new Set([...rows(train), ...rows(validation)]);
      expect(rows(test).filter((row) => learnt.has(row))).toEqual([]);
    }
    expect(new Set(tested).size).toBe(clips.length);
  });

  it("lays the loudest frame at 1 V with the onset at one place", () => {
    const { inputs } = vowelClips(clips, { seed: 1, layout: clipLayouts.gated }).train;
    const { samples, leadSamples } = clipLayouts.gated;
    for (let r = 0; r < 5; r += 1) {
      const row = rowOf(inputs, r);
      const levels = Array.from({ length: samples / 320 }, (_, i) => {
        const frame = row.subarray(leadSamples - 800 + i * 320, leadSamples - 800 + (i + 1) * 320);
        return Math.sqrt(frame.reduce((sum, value) => sum + value * value, 0) / 320);
      });
      expect(Math.max(...levels)).toBeGreaterThan(0.9);
      expect(Math.max(...levels)).toBeLessThan(1.1);
      expect(row.subarray(0, leadSamples - 320).every((value) => Math.abs(value) < 0.3)).toBe(true);
      expect(row[samples]).toBeGreaterThan(0.2);
      expect(row[samples]).toBeLessThan(0.5);
    }
  });

  it("refuses a vowel without clips, a silent clip, and too few speakers", () => {
    expect(() => vowelClips(clips, { seed: 1, vowels: ["iy", "uh"] })).toThrow('No clip of the vowel "uh"');
    const silent = clips.map((clip) => ({ ...clip, sound: { rate: 16_000, samples: new Float32Array(8000) } }));
    expect(() => vowelClips(silent, { seed: 1 })).toThrow(BadInputError);
    expect(() => vowelClips(clips.slice(0, 2), { seed: 1, vowels: [clips[0]?.vowel as string] })).toThrow(
      "Clips of 1 speakers, expected 10 or more",
    );
  });
});

describe("readVowelName()", () => {
  it("reads Hillenbrand's names", () => {
    expect(readVowelName("m01ae.wav")).toEqual({ speaker: "m01", vowel: "ae" });
    expect(() => readVowelName("yes.wav")).toThrow("yes.wav: Name says neither speaker nor vowel");
  });
});
