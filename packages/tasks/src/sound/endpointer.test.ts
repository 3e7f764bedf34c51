import { createRandom } from "@ohmwork/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createEndpointer, type Utterance } from "./endpointer.ts";

const rate = 16_000;
const frame = 320;

/** Tones of the given frames, each after 0.5 s of a little noise. */
function tones(lengths: readonly number[], level = 0.2): Float32Array {
  const random = createRandom(5, "noise");
  const samples: number[] = [];
  const push = (frames: number, amplitude: number): void => {
    for (let i = 0; i < frames * frame; i += 1)
      samples.push(amplitude * Math.sin((2 * Math.PI * 700 * i) / rate) + 0.001 * random.normal());
  };
  for (const length of lengths) {
    push(25, 0);
    push(length, level);
  }
  push(25, 0);
  return Float32Array.from(samples);
}

/** Pushes in pieces of the given lengths, over and over. */
function pushed(samples: Float32Array, pieces: readonly number[]): Utterance[] {
  const endpointer = createEndpointer({ rate });
  const found: Utterance[] = [];
  for (let start = 0, i = 0; start < samples.length; i += 1) {
    const end = start + (pieces[i % pieces.length] as number);
    found.push(...endpointer.push(samples.subarray(start, end)));
    start = end;
  }
  return found;
}

describe("createEndpointer()", () => {
  it("cuts out each sound with 0.1 s before it, at its place in the stream", () => {
    const stream = tones([10, 20, 4]);
    const found = pushed(stream, [frame]);
    expect(found.map(({ samples }) => samples.length / frame)).toEqual([15, 25, 9]);
    expect(found.map(({ position, onset }) => (position + onset) / frame)).toEqual([25, 60, 105]);
    for (const { position, samples, cut } of found) {
      expect(samples).toEqual(stream.slice(position, position + samples.length));
      expect(cut).toBe(false);
    }
  });

  it("finds the same in whatever pieces the stream comes", () => {
    const stream = tones([10, 20, 4]);
    const whole = pushed(stream, [stream.length]);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 5000 }), { minLength: 1, maxLength: 5 }), (pieces) => {
        expect(pushed(stream, pieces)).toEqual(whole);
      }),
      { numRuns: 20 },
    );
  });

  it("gives nothing for silence, nor for a click", () => {
    expect(pushed(tones([]), [frame])).toEqual([]);
    expect(pushed(tones([2]), [frame])).toEqual([]);
  });

  it("never joins what stands on the two sides of a gap", () => {
    const endpointer = createEndpointer({ rate });
    const stream = tones([20]);
    const middle = 35 * frame;
    expect(endpointer.push(stream.subarray(0, middle))).toEqual([]);
    endpointer.restart(100_000);
    const found = endpointer.push(stream.subarray(middle));
    expect(found.map(({ position, samples, onset }) => [position, samples.length / frame, onset])).toEqual([[100_000, 10, 0]]);
  });

  it("cuts what does not end after 3 s, and says so", () => {
    const found = pushed(tones([320]), [frame]);
    expect(found.map(({ cut }) => cut)).toEqual([true, true, false]);
    expect(found.map(({ samples, onset }) => (samples.length - onset) / frame)).toEqual([150, 150, 20]);
  });

  it("misses a soft sound just after a loud one, and hears it when the control has let go", () => {
    const loud = tones([10], 0.8);
    const soft = tones([10], 0.1);
    const heard = (pauses: number): number => {
      const endpointer = createEndpointer({ rate });
      const found = [...endpointer.push(loud)];
      for (let i = 0; i < pauses; i += 1) found.push(...endpointer.push(tones([])));
      return [...found, ...endpointer.push(soft)].length;
    };
    expect(heard(0)).toBe(1);
    expect(heard(10)).toBe(2);
  });

  it("ends a sound with the stream", () => {
    const endpointer = createEndpointer({ rate });
    expect(endpointer.push(tones([10]).subarray(0, 33 * frame))).toEqual([]);
    expect(endpointer.finish().map(({ samples, onset }) => (samples.length - onset) / frame)).toEqual([8]);
    expect(endpointer.finish()).toEqual([]);
  });

  it("flags a clipped sound", () => {
    const clipped = tones([10], 3).map((value) => Math.max(-1, Math.min(1, value)));
    expect(pushed(clipped, [frame])[0]?.clipped).toBeGreaterThan(1000);
    expect(pushed(tones([10]), [frame])[0]?.clipped).toBe(0);
  });
});
