import { describe, expect, it } from "vitest";
import { scaleEarGap } from "../ear/ear-gap.ts";
import { createLogBank, LOG_CHANNELS, wakeWordGap } from "./log-bank.ts";

const drawn = createLogBank({ seed: 1, gap: scaleEarGap(wakeWordGap, 0) });

/** A tone of 0.4 s [V]. */
function tone(hertz: number, peak: number): Float32Array {
  return Float32Array.from({ length: 6400 }, (_, n) => peak * Math.sin((2 * Math.PI * hertz * n) / 16_000));
}

/** Readings of the channels at the end of the tone, when it has long been the same. */
function lastReadings(sound: Float32Array): number[] {
  const { volts } = drawn(sound, "tone");
  return Array.from(volts.subarray(-LOG_CHANNELS));
}

describe("createLogBank()", () => {
  it("reads a tone most in its own channel, the logarithm of its mean magnitude times the gain", () => {
    for (const [channel, hertz, gain] of [
      [3, 603, 2.9],
      [6, 1216, 8],
      [10, 2790, 18.2],
    ] as const) {
      const readings = lastReadings(tone(hertz, 0.1));
      expect(readings.indexOf(Math.max(...readings))).toBe(channel);
      // The mean magnitude of a sine is 2/π of its peak.
      const envelope = (2 / Math.PI) * 0.1 * gain;
      expect(readings[channel]).toBeCloseTo(0.25 * Math.log(envelope + 0.02) + 0.25, 2);
    }
  });

  it("rises by 0.58 V for ten times the sound, and reads the floor in silence", () => {
    const [soft, loud] = [0.02, 0.2].map((peak) => lastReadings(tone(1216, peak))[6] as number);
    expect((loud as number) - (soft as number)).toBeGreaterThan(0.45);
    expect((loud as number) - (soft as number)).toBeLessThan(0.25 * Math.log(10));
    for (const reading of lastReadings(new Float32Array(6400))) expect(reading).toBeCloseTo(0.25 * Math.log(0.02) + 0.25, 5);
  });

  it("lets the mains through the high-pass a hundredth as much as a voice", () => {
    const voice = lastReadings(tone(250, 0.5))[0] as number;
    const mains = lastReadings(tone(50, 0.5))[0] as number;
    const envelope = (reading: number): number => Math.exp((reading - 0.25) / 0.25) - 0.02;
    expect(envelope(mains) / envelope(voice)).toBeLessThan(0.02);
  });

  it("is the same for the same board and clip, and another for another", () => {
    const heard = (seed: number, id: string): number[] => [...createLogBank({ seed })(tone(800, 0.3), id).volts];
    expect(heard(2, "a")).toEqual(heard(2, "a"));
    expect(heard(2, "a")).not.toEqual(heard(2, "b"));
    expect(heard(2, "a")).not.toEqual(heard(3, "a"));
  });

  it("counts the power of all channels", () => {
    const { power } = drawn(tone(1216, 0.1), "tone");
    const four = drawn(tone(1216, 0.2), "tone").power;
    expect(power).toHaveLength(40);
    expect((four.at(-1) as number) / (power.at(-1) as number)).toBeCloseTo(4, 3);
  });
});
