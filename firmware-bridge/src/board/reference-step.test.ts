import { describe, expect, it } from "vitest";
import { type BoardRule, referenceStep, type PresentedNetwork, xorshift32 } from "./reference-step.ts";

/** Three nodes: 0 is driven, 1 is the output, 2 is another; edges 0–1, 1–2, 2–0. */
const network: PresentedNetwork = { edges: Uint8Array.of(0, 1, 1, 2, 2, 0), outputs: Uint8Array.of(1), low: 1, high: 256 };
const sign: BoardRule = { kind: "sign", contrast: "free-clamped", eta: 128, gain: 0, tolerance: 0, averages: 1 };

type Read = { clamp: number; codes: number[] };

/** One step with the readings that the converters shall give, in order, and the clamps they shall find. */
function step(
  rule: BoardRule,
  label: number,
  readings: readonly Read[],
  options: { wipers?: number[]; random?: number; network?: PresentedNetwork } = {},
): { wipers: number[]; random: number; answer: number; strength: number; moved: number } {
  const state = { wipers: Uint16Array.from(options.wipers ?? [100, 100, 100]), random: options.random ?? 1 };
  let next = 0;
  const { answer, strength, moved } = referenceStep(rule, options.network ?? network, state, Int16Array.of(label), (clamps) => {
    const reading = readings[next++];
    expect(clamps[0]).toBe(reading?.clamp);
    return Uint16Array.from(reading?.codes ?? []);
  });
  expect(next).toBe(readings.length);
  return { wipers: [...state.wipers], random: state.random, answer: answer[0] as number, strength, moved };
}

const free: Read = { clamp: -1, codes: [3000, 1000, 2000] };

describe("xorshift32()", () => {
  it("gives the sequence of its definition from 1", () => {
    // 1 ^ 1<<13 = 0x2001; 0x2001 ^ 0x2001>>17 = 0x2001; 0x2001 ^ 0x2001<<5 = 0x42021.
    expect(xorshift32(1)).toBe(0x42021);
    expect(xorshift32(0x42021)).toBe(0x04080601);
  });

  it("gives what Marsaglia's paper says comes of its own seed", () => {
    // J. Stat. Softw. 8(14), section 4: y = 2463534242 gives 723471715 first.
    expect(xorshift32(2_463_534_242)).toBe(723_471_715);
  });
});

describe("referenceStep() displaces", () => {
  it("half-way to the label, rounded towards minus infinity", () => {
    const clamped = { clamp: 1250, codes: [3000, 1250, 2100] };
    expect(step(sign, 1501, [free, clamped]).answer).toBe(1000);
    const below = { ...clamped, clamp: 749 }; // (−501 · 128) >> 8 = −251
    expect(step(sign, 499, [free, below]).answer).toBe(1000);
  });

  it("nothing within the tolerance, and nothing without a label; then no random number is drawn", () => {
    const still = { wipers: [100, 100, 100], random: 1, answer: 1000, strength: 0, moved: 0 };
    expect(step({ ...sign, tolerance: 500 }, 1500, [free])).toEqual(still);
    expect(step(sign, 1000, [free])).toEqual(still);
    expect(step(sign, -1, [free])).toEqual(still);
  });

  it("within the scale of the converters", () => {
    const high = { clamp: -1, codes: [3000, 4000, 2000] };
    const mirrored = step({ ...sign, contrast: "symmetric", eta: 255 }, 0, [
      high,
      { clamp: 15, codes: [3000, 15, 2000] }, // (−4000 · 255) >> 8 = −3985
      { clamp: 4095, codes: [3000, 4095, 2000] },
    ]);
    expect(mirrored.answer).toBe(4000);
  });

  it("to a rail when it overclamps, with a strength that falls with the error", () => {
    const over: BoardRule = { ...sign, overclamp: { low: 100, high: 3900, full: 1000 } };
    const up = { clamp: 2450, codes: [3000, 2450, 2000] }; // 1000 + (3900 − 1000) / 2
    expect(step(over, 1100, [free, up]).strength).toBe(25); // 100 · 255 / 1000
    expect(step(over, 3000, [free, up]).strength).toBe(255);
    const down = { clamp: 550, codes: [3000, 550, 2000] };
    expect(step(over, 900, [free, down]).strength).toBe(25);
  });
});

describe("referenceStep() moves", () => {
  // Free drops 2000, −1000, −1000; clamped drops 1750, −850, −900.
  const clamped = { clamp: 1250, codes: [3000, 1250, 2100] };

  it("every edge one tick by the sign of its contrast", () => {
    // 2000² > 1750²; 1000² > 850²; 1000² > 900²: all conduct more.
    expect(step(sign, 1500, [free, clamped])).toMatchObject({ wipers: [99, 99, 99], moved: 3, random: 1 });
    const away = { clamp: 750, codes: [3000, 750, 2000] }; // drops 2250, −1250, −1000: the last is as before
    expect(step(sign, 500, [free, away])).toMatchObject({ wipers: [101, 101, 101], moved: 3 });
  });

  it("no wiper out of its window", () => {
    const narrow = { ...network, low: 100, high: 100 };
    expect(step(sign, 1500, [free, clamped], { network: narrow })).toMatchObject({ wipers: [100, 100, 100], moved: 0 });
    expect(step(sign, 1500, [free, clamped], { wipers: [1, 2, 256] })).toMatchObject({ wipers: [1, 1, 255], moved: 2 });
  });

  it("by the other clamped state when the contrast is symmetric", () => {
    const other = { clamp: 750, codes: [3000, 750, 1000] }; // drops 2250, −250, −2000
    // 2250² > 1750²; 250² < 850²; 2000² > 900².
    expect(step({ ...sign, contrast: "symmetric" }, 1500, [free, clamped, other]).wipers).toEqual([99, 101, 99]);
  });

  it("with a chance of |contrast| · K · strength / 2⁴⁰", () => {
    const rule: BoardRule = { ...sign, kind: "tick-probability" };
    // Contrasts 937500, 277500, 190000; draws from 1: 0x42021 = 270369, 0x04080601 = 67634689, then 0x9DCCA8C5 = 2647435461.
    // K = 1: thresholds 933837, 276416, 189257: only the first draw falls.
    expect(step({ ...rule, gain: 1 }, 1500, [free, clamped])).toMatchObject({ wipers: [99, 100, 100], random: 0x9dcca8c5 });
    // K = 245 passes the second draw (67721923 > 67634689), K = 244 does not (67445507).
    expect(step({ ...rule, gain: 245 }, 1500, [free, clamped]).wipers).toEqual([99, 99, 100]);
    expect(step({ ...rule, gain: 244 }, 1500, [free, clamped]).wipers).toEqual([99, 100, 100]);
    // The third needs more than 32 bits of threshold: 65535 · 190000 · 255 >> 8 = 12.4 · 10⁹.
    expect(step({ ...rule, gain: 0xffff }, 1500, [free, clamped]).wipers).toEqual([99, 99, 99]);
    expect(step({ ...rule, gain: 0 }, 1500, [free, clamped]).moved).toBe(0);
  });

  it("by chance too when the sign rule is weakened", () => {
    const over: BoardRule = { ...sign, overclamp: { low: 0, high: 1500, full: 1000 } };
    // Draws >> 24 are 0, 4, 157; strength 255 · 500 / 1000 = 127.
    expect(step(over, 1500, [free, clamped])).toMatchObject({ wipers: [99, 99, 100], strength: 127, random: 0x9dcca8c5 });
  });
});
