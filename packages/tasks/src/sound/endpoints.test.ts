import { createRandom } from "@ohmwork/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { findEndpoints, frameLevels, slotsOf, threeSlots } from "./endpoints.ts";

const rate = 16_000;
const frame = 320;

/** A tone of the given frames among silence with a little noise. */
function toneIn(frames: number, from: number, to: number, level: number, noise = 0): Float32Array {
  const random = createRandom(3, "noise");
  return Float32Array.from({ length: frames * frame }, (_, i) => {
    const inside = i >= from * frame && i < to * frame;
    return (inside ? level * Math.SQRT2 * Math.sin((2 * Math.PI * 500 * i) / rate) : 0) + noise * random.normal();
  });
}

describe("findEndpoints()", () => {
  it("finds the frames that the sound is in, whatever its level", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 20 }),
        fc.integer({ min: 2, max: 20 }),
        fc.integer({ min: 0, max: 20 }),
        fc.double({ min: 0.01, max: 0.7, noNaN: true }),
        (lead, length, tail, level) => {
          const found = findEndpoints(toneIn(lead + length + tail, lead, lead + length, level), { rate });
          expect(found?.onset).toBe(lead * frame);
          expect(found?.end).toBe((lead + length) * frame);
          expect(found?.level).toBeCloseTo(level, 3);
          expect(found?.clipped).toBe(0);
        },
      ),
    );
  });

  it("does not move when everything is made louder or softer", () => {
    const clip = toneIn(40, 11, 23, 0.1, 0.01);
    const softer = clip.map((value) => value / 4);
    const [a, b] = [findEndpoints(clip, { rate }), findEndpoints(softer, { rate })];
    expect([b?.onset, b?.end]).toEqual([a?.onset, a?.end]);
  });

  it("finds nothing in silence: none, an offset, a hiss under 50 dB below full scale, and a click", () => {
    expect(findEndpoints(new Float32Array(8000), { rate })).toBeUndefined();
    expect(findEndpoints(new Float32Array(0), { rate })).toBeUndefined();
    expect(findEndpoints(new Float32Array(8000).fill(0.1), { rate })).toBeUndefined();
    expect(findEndpoints(toneIn(20, 0, 0, 0, 0.002), { rate })).toBeUndefined();
    expect(findEndpoints(toneIn(20, 7, 8, 0.5), { rate })).toBeUndefined();
  });

  it("says how many samples were clipped, between onset and end", () => {
    const clip = toneIn(20, 5, 15, 1).map((value) => Math.max(-1, Math.min(1, value)));
    const over = clip.filter((value) => Math.abs(value) > 0.9996).length;
    expect(findEndpoints(clip, { rate })?.clipped).toBe(over);
    expect(over).toBeGreaterThan(1000);
  });

  it("keeps to 0.3 of the loudest frame", () => {
    const clip = toneIn(30, 10, 20, 0.5);
    clip.set(toneIn(5, 0, 5, 0.14), 5 * frame);
    expect(findEndpoints(clip, { rate })?.onset).toBe(10 * frame);
    clip.set(toneIn(5, 0, 5, 0.16), 5 * frame);
    expect(findEndpoints(clip, { rate })?.onset).toBe(5 * frame);
  });
});

describe("frameLevels()", () => {
  it("leaves out a frame that is not whole", () => {
    expect(frameLevels(new Float32Array(frame * 2 + 319), frame)).toHaveLength(2);
  });
});

describe("slotsOf()", () => {
  it("is the whole sound unless told", () => {
    expect(slotsOf({ onset: 960, end: 6400 }, rate)).toEqual([{ start: 960, end: 6400 }]);
  });

  it("puts three slots of 80 ms from 30 ms after the onset, side by side", () => {
    expect(slotsOf({ onset: 1000, end: 2000 }, rate, threeSlots)).toEqual([
      { start: 1480, end: 2760 },
      { start: 2760, end: 4040 },
      { start: 4040, end: 5320 },
    ]);
  });

  it("refuses a rate that is none", () => {
    expect(() => slotsOf({ onset: 0, end: 1 }, 0, threeSlots)).toThrow("Rate must be a positive number of samples a second: 0");
  });
});
