import { createRandom } from "@ohmwork/core";
import { describe, expect, it } from "vitest";
import { bandPass } from "./band-pass.ts";
import type { ChannelNow, Detector } from "./ear-circuit.ts";
import { createEnvelopeKernel } from "./envelopes.ts";
import { envelopesReference } from "./envelopes-reference.ts";

const RATE = 16_000;
const random = createRandom(3, "channels");
const channels: ChannelNow[] = [250, 810, 1628, 3091, 3800].map((hertz) => ({
  hertz,
  quality: 1.5 + 6 * random.uniform(),
  gain: 1 + 10 * random.uniform(),
  envelopeSeconds: 0.01 * (1 + 0.1 * random.normal()),
  offsetVolts: 0.25 * random.uniform(),
}));
const slots = [
  { start: 800, end: 2080 },
  { start: 2080, end: 3360 },
  { start: 3500, end: 3500 },
];

describe("createEnvelopeKernel()", () => {
  it.each<Detector>(["precision", "diode"])("agrees with the reference, %s rectifier", (detector) => {
    const sound = Float64Array.from({ length: 4000 }, (_, n) => random.normal() * (1 + Math.sin(n / 50)));
    const means = new Float32Array(slots.length * channels.length + 3);
    createEnvelopeKernel(channels, detector)(sound, slots, means, 3);
    const wanted = envelopesReference(sound, channels, slots, detector);
    expect(Math.max(...wanted)).toBeGreaterThan(3.2); // somewhere the ceiling is reached
    for (const [i, value] of wanted.entries()) expect(means[3 + i]).toBeCloseTo(value, 5);
  });
});

describe("bandPass()", () => {
  /** Largest distance from the circuit [dB], so many octaves around the centre. */
  const distance = (hertz: number, quality: number, [low, high]: readonly [number, number]): number => {
    let most = 0;
    for (let octave = low; octave <= high; octave += 0.05) {
      const ratio = 2 ** octave;
      const circuit = ratio / quality / Math.hypot(ratio / quality, 1 - ratio * ratio);
      most = Math.max(most, Math.abs(20 * Math.log10(gainAt(bandPass(hertz, quality, RATE), hertz * ratio) / circuit)));
    }
    return most;
  };

  it("follows the circuit an octave down and half an octave up: within 0.5 dB to 2 kHz, 2.1 dB at 3.8 kHz", () => {
    for (const quality of [2, 4, 10]) {
      for (const hertz of [250, 476, 810, 1301, 2025]) expect(distance(hertz, quality, [-1, 0.5])).toBeLessThan(0.5);
      expect(distance(3800, quality, [-1, 0.5])).toBeLessThan(2.1);
    }
  });

  it("has the circuit's gain at its centre and its bandwidth", () => {
    for (const hertz of [250, 1032, 2506, 3800])
      for (const quality of [4, 12]) {
        expect(gainAt(bandPass(hertz, quality, RATE), hertz)).toBeCloseTo(1, 9);
        const half = 1 / (2 * quality);
        for (const side of [-half, half])
          expect(gainAt(bandPass(hertz, quality, RATE), hertz * (Math.hypot(1, half) + side))).toBeCloseTo(Math.SQRT1_2, 1);
      }
  });
});

function gainAt({ b, a1, a2 }: ReturnType<typeof bandPass>, hertz: number): number {
  const w = (2 * Math.PI * hertz) / RATE;
  const over = b * 2 * Math.sin(w);
  return over / Math.hypot(1 + a1 * Math.cos(w) + a2 * Math.cos(2 * w), a1 * Math.sin(w) + a2 * Math.sin(2 * w));
}
