import { createBatch, createRandom } from "@ohmwork/core";
import { describe, expect, it } from "vitest";
import { clusterVoices } from "./cluster-voices.ts";
import { voiceFeatures } from "./voice-features.ts";

/** A voice: pulses through one resonance, for 0.5 s between two pauses, with noise. */
function voice(pitch: number, level: number, noise: number): Float32Array {
  const random = createRandom(7, "noise");
  let [y1, y2, phase] = [0, 0, 0];
  const raw = Float32Array.from({ length: 16_000 }, (_, n) => {
    phase += pitch / 16_000;
    const pulse = phase >= 1 && n >= 4000 && n < 12_000 ? 1 : 0;
    phase %= 1;
    const y = pulse + 1.9 * y1 - 0.93 * y2;
    [y2, y1] = [y1, y];
    return y;
  });
  const most = raw.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
  return raw.map((value) => (value / most) * level + noise * random.normal());
}

describe("voiceFeatures()", () => {
  it("hears the pitch of pulses, whatever their level", () => {
    for (const pitch of [90, 120, 180, 240, 330]) {
      for (const level of [0.5, 0.05]) {
        const [octaves = 0] = voiceFeatures(voice(pitch, level, 1e-4));
        expect(2 ** octaves / pitch).toBeGreaterThan(0.97);
        expect(2 ** octaves / pitch).toBeLessThan(1.03);
      }
    }
  });

  it("hears level, hiss and noise floor in decibels", () => {
    const [, loud = 0, , floor = 0] = voiceFeatures(voice(120, 0.5, 1e-3));
    const [, soft = 0, , same = 0] = voiceFeatures(voice(120, 0.5, 1e-3).map((value) => value / 10));
    expect(loud - soft).toBeCloseTo(20, 4);
    expect(floor).toBeCloseTo(same, 4);
    // White noise has an eighth of its power in the eighth of the band above 7 kHz.
    const random = createRandom(8, "white");
    const [, , white = 0] = voiceFeatures(Float32Array.from({ length: 16_000 }, () => 0.1 * random.normal()));
    expect(white).toBeGreaterThan(-9.8);
    expect(white).toBeLessThan(-8.4);
  });

  it("refuses a click", () => {
    expect(() => voiceFeatures(new Float32Array(1000))).toThrow("Clip must have 1600 samples or more, 0.1 s: 1000");
  });
});

describe("clusterVoices()", () => {
  const centres = [
    [0, 0],
    [30, 1],
    [0, 4],
  ];
  const random = createRandom(9, "points");
  const rows = Array.from({ length: 60 }, (_, i) =>
    (centres[i % 3] as number[]).map((c, k) => c + (k === 0 ? 3 : 0.3) * random.normal()),
  );

  it("finds the clouds that points were drawn from, numbered by their first row", () => {
    const labels = clusterVoices(createBatch(Float32Array.from(rows.flat()), [60, 2]), 3);
    expect([...labels]).toEqual(Array.from({ length: 60 }, (_, i) => i % 3));
  });

  it("does not depend on the scale of a feature", () => {
    const scaled = rows.map(([a = 0, b = 0]) => [a * 1000, b / 1000]);
    expect(clusterVoices(createBatch(Float32Array.from(scaled.flat()), [60, 2]), 4)).toEqual(
      clusterVoices(createBatch(Float32Array.from(rows.flat()), [60, 2]), 4),
    );
  });

  it("makes as many clusters as it is told to, and no more than rows", () => {
    const few = createBatch(Float32Array.from([1, 1, 2, 2, 3, 3]), [3, 2]);
    expect([...clusterVoices(few, 3)]).toEqual([0, 1, 2]);
    expect([...clusterVoices(few, 1)]).toEqual([0, 0, 0]);
    expect(() => clusterVoices(few, 4)).toThrow("Clusters must be 1 to 3, as many as rows: 4");
  });
});
