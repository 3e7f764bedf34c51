import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRandom, type Random, restoreRandom } from "./random.ts";

const draw = (count: number, next: () => number): number[] => Array.from({ length: count }, next);
const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
const moment = (values: readonly number[], power: number): number => mean(values.map((value) => value ** power));

/** χ² of equally likely cells, in standard deviations of its normal approximation. */
function chiSquareSigmas(counts: readonly number[]): number {
  const expected = counts.reduce((sum, count) => sum + count, 0) / counts.length;
  const freedom = counts.length - 1;
  const chiSquare = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
  return (chiSquare - freedom) / Math.sqrt(2 * freedom);
}

describe("restoreRandom()", () => {
  it("gives the reference output of xoshiro128** from the state 1, 2, 3, 4", () => {
    // Published with the rand_xoshiro crate (tests of Xoshiro128StarStar), made there with the authors' C code.
    const reference = [11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034, 3734860849, 3729100597, 4258142804];
    const random = restoreRandom({ words: [1, 2, 3, 4], spareNormal: null });
    expect(draw(10, random.uint32)).toEqual(reference);
  });

  it("continues any stream to the same bits, with a second normal waiting or not", () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat({ max: 7 }), (seed, normals) => {
        const random = createRandom(seed, "snapshot");
        draw(normals, random.normal);
        const copy = restoreRandom(JSON.parse(JSON.stringify(random.snapshot())) as ReturnType<Random["snapshot"]>);
        expect([...draw(5, copy.normal), ...draw(5, copy.uint32)]).toEqual([
          ...draw(5, random.normal),
          ...draw(5, random.uint32),
        ]);
      }),
    );
  });
});

describe("createRandom()", () => {
  it("gives the same numbers for the same seed and name, and others for others", () => {
    const first = draw(8, createRandom(5, "a").uint32);
    expect(draw(8, createRandom(5, "a").uint32)).toEqual(first);
    expect(draw(8, createRandom(6, "a").uint32)).not.toEqual(first);
    expect(draw(8, createRandom(5, "b").uint32)).not.toEqual(first);
    expect(draw(8, createRandom(5 + 2 ** 32, "a").uint32)).not.toEqual(first);
  });

  it("refuses a seed that is not a safe integer of 0 or more", () => {
    for (const seed of [-1, 0.5, Number.NaN, Infinity, 2 ** 53]) expect(() => createRandom(seed)).toThrow(RangeError);
  });

  it("makes streams of neighbouring seeds and of any two names independent", () => {
    const length = 20_000;
    const streams = [
      ...draw(4, () => 0).map((_, seed) => createRandom(seed)),
      ...["a", "b", "ab", "edge 1", "edge 2"].map((name) => createRandom(1, name)),
    ].map((random) => draw(length, () => random.uniform() - 0.5));
    for (const [i, a] of streams.entries()) {
      for (const b of streams.slice(i + 1)) {
        const correlation = 12 * mean(a.map((value, k) => value * (b[k] as number)));
        expect(Math.abs(correlation)).toBeLessThan(5 / Math.sqrt(length)); // 5 σ of independent streams
      }
    }
  });

  it("spreads the first number of a stream evenly over seeds and over names", () => {
    const cells = 64;
    const firsts: Readonly<Record<string, (i: number) => Random>> = {
      seeds: (i) => createRandom(i),
      names: (i) => createRandom(1, `edge ${i}`),
    };
    for (const [what, make] of Object.entries(firsts)) {
      const counts = Array.from({ length: cells }, () => 0);
      for (let i = 0; i < 20_000; i += 1) counts[make(i).below(cells)]! += 1;
      expect(Math.abs(chiSquareSigmas(counts)), what).toBeLessThan(5);
    }
  });

  it("leaves the all-zero state to nobody", () => {
    for (let seed = 0; seed < 1000; seed += 1)
      expect(
        createRandom(seed)
          .snapshot()
          .words.some((word) => word !== 0),
      ).toBe(true);
  });
});

describe("uniform()", () => {
  it("stays in [0, 1), with the moments and the flatness of a uniform distribution", () => {
    const count = 200_000;
    const values = draw(count, createRandom(1, "uniform").uniform);
    expect(Math.min(...values.slice(0, 1000))).toBeGreaterThanOrEqual(0);
    expect(values.every((value) => value >= 0 && value < 1)).toBe(true);
    // Five standard errors: σ²(x) = 1/12, σ²(x²) = 4/45.
    expect(Math.abs(mean(values) - 1 / 2)).toBeLessThan(5 * Math.sqrt(1 / 12 / count));
    expect(Math.abs(moment(values, 2) - 1 / 3)).toBeLessThan(5 * Math.sqrt(4 / 45 / count));
    const counts = Array.from({ length: 256 }, () => 0);
    for (const value of values) counts[Math.floor(value * 256)]! += 1;
    expect(Math.abs(chiSquareSigmas(counts))).toBeLessThan(5);
  });
});

describe("normal()", () => {
  it("has the moments of a normal distribution, and neighbours that do not know each other", () => {
    const count = 200_000;
    const values = draw(count, createRandom(1, "normal").normal);
    // Five standard errors of the first four moments: σ²(xᵏ) = 1, 2, 15, 96.
    for (const [k, expected, variance] of [
      [1, 0, 1],
      [2, 1, 2],
      [3, 0, 15],
      [4, 3, 96],
    ] as const) {
      expect(Math.abs(moment(values, k) - expected), `moment ${k}`).toBeLessThan(5 * Math.sqrt(variance / count));
    }
    const neighbours = mean(values.slice(1).map((value, i) => value * (values[i] as number)));
    expect(Math.abs(neighbours)).toBeLessThan(5 / Math.sqrt(count));
  });

  it("has the tails of a normal distribution", () => {
    const count = 200_000;
    const values = draw(count, createRandom(2, "normal").normal);
    // Two-sided tail probabilities of the standard normal distribution.
    for (const [limit, share] of [
      [1, 0.317310508],
      [2, 0.045500264],
      [3, 0.002699796],
    ] as const) {
      const found = values.filter((value) => Math.abs(value) > limit).length / count;
      expect(Math.abs(found - share), `beyond ${limit} σ`).toBeLessThan(5 * Math.sqrt((share * (1 - share)) / count));
    }
  });
});

describe("below()", () => {
  it("takes every value equally often, for bounds that do not divide 2³²", () => {
    for (const bound of [3, 10, 257]) {
      const random = createRandom(bound, "below");
      const counts = Array.from({ length: bound }, () => 0);
      for (let i = 0; i < 100_000; i += 1) counts[random.below(bound)]! += 1;
      expect(Math.abs(chiSquareSigmas(counts)), `bound ${bound}`).toBeLessThan(5);
    }
  });

  it("is not biased where plain reduction would be: two thirds of 2³²", () => {
    const bound = 2 ** 33 / 3; // plain reduction would give the lower half twice as often
    const random = createRandom(1, "below");
    const count = 30_000;
    const low = draw(count, () => random.below(Math.floor(bound))).filter((value) => value < bound / 2).length;
    expect(Math.abs(low / count - 1 / 2)).toBeLessThan((5 * 0.5) / Math.sqrt(count));
  });

  it("reaches both ends of its range, and takes 1 and 2³²", () => {
    const random = createRandom(1);
    expect(new Set(draw(100, () => random.below(2)))).toEqual(new Set([0, 1]));
    expect(random.below(1)).toBe(0);
    expect(random.below(2 ** 32)).toBeLessThan(2 ** 32);
  });

  it("refuses bounds outside [1, 2³²]", () => {
    const random = createRandom(1);
    for (const bound of [0, -1, 1.5, 2 ** 32 + 1, Number.NaN]) expect(() => random.below(bound)).toThrow(RangeError);
  });
});

describe("permutation()", () => {
  it("holds every index once", () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat({ max: 50 }), (seed, length) => {
        expect([...createRandom(seed).permutation(length)].toSorted((a, b) => a - b)).toEqual(
          draw(length, () => 0).map((_, i) => i),
        );
      }),
    );
  });

  it("gives each of the 24 orders of four equally often", () => {
    const random = createRandom(1, "permutation");
    const counts = new Map<string, number>();
    for (let i = 0; i < 48_000; i += 1) {
      const order = random.permutation(4).join();
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect(counts.size).toBe(24);
    expect(Math.abs(chiSquareSigmas([...counts.values()]))).toBeLessThan(5);
  });
});
