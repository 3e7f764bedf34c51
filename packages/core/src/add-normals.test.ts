import { describe, expect, it } from "vitest";
import { addNormals } from "./add-normals.ts";
import { createRandom } from "./random.ts";
import { recordMeasured, scaled } from "./testing/deep.ts";

/** Φ at −4 … 4: Abramowitz & Stegun, Handbook of Mathematical Functions, table 26.1. */
const table: readonly (readonly [at: number, share: number])[] = [
  [-4, 3.16712e-5],
  [-3.5, 2.32629e-4],
  [-3, 1.349898e-3],
  [-2, 2.2750132e-2],
  [-1, 0.1586552539],
  [-0.5, 0.3085375387],
  [0, 0.5],
  [0.5, 0.6914624613],
  [1, 0.8413447461],
  [2, 0.9772498681],
  [3, 0.998650102],
  [3.5, 0.9997673709],
  [4, 0.9999683288],
];

function drawn(count: number, seed: number): Float32Array {
  const values = new Float32Array(count);
  addNormals(values, 1, createRandom(seed, "normals of a test"));
  return values;
}

describe("addNormals()", () => {
  it("is distributed as the tables of the normal distribution say, out into its tails", (context) => {
    const count = scaled(20_000_000);
    const values = drawn(count, 1);
    let worst = 0;
    for (const [at, share] of table) {
      let below = 0;
      for (let i = 0; i < count; i += 1) if ((values[i] as number) < at) below += 1;
      worst = Math.max(worst, Math.abs(below - count * share) / Math.sqrt(count * share * (1 - share)));
    }
    recordMeasured(context, `furthest share of ${count} normal numbers from its table [standard errors]`, worst);
    expect(worst).toBeLessThan(4);
  });

  it("has the moments of the normal distribution", () => {
    const count = 1_000_000;
    const values = drawn(count, 2);
    const moment = (power: number): number => values.reduce((sum, value) => sum + value ** power, 0) / count;
    // Variances of the sample moments: 1, 2, 15 and 96 over the count.
    for (const [power, expected, variance] of [
      [1, 0, 1],
      [2, 1, 2],
      [3, 0, 15],
      [4, 3, 96],
    ] as const)
      // prettier-ignore
      expect(Math.abs(moment(power) - expected)).toBeLessThan(4 * Math.sqrt(variance / count));
  });

  it("draws each number apart from the one before it", () => {
    const count = 1_000_000;
    const values = drawn(count, 3);
    let [product, ofSquares] = [0, 0];
    for (let i = 1; i < count; i += 1) {
      const [before, now] = [values[i - 1] as number, values[i] as number];
      product += before * now;
      ofSquares += (before ** 2 - 1) * (now ** 2 - 1);
    }
    expect(Math.abs(product / count)).toBeLessThan(4 / Math.sqrt(count));
    expect(Math.abs(ofSquares / count)).toBeLessThan(8 / Math.sqrt(count));
  });

  it("adds to what is there, as much as is asked for, the same for the same seed", () => {
    const around = new Float32Array(1000).fill(5);
    addNormals(around, 0, createRandom(4));
    expect(around.every((value) => value === 5)).toBe(true);
    addNormals(around, 0.5, createRandom(4, "normals of a test"));
    for (const [i, value] of drawn(1000, 4).entries()) expect(around[i]).toBeCloseTo(5 + 0.5 * value, 5);
  });
});
