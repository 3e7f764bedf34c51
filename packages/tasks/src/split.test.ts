import { array, assert, double, integer, property } from "fast-check";
import { describe, expect, it } from "vitest";
import { stratifiedSplit } from "./split.ts";

describe("stratifiedSplit()", () => {
  it("takes the same share of every class", () => {
    const labels = Uint32Array.from({ length: 150 }, (_, row) => Math.floor(row / 50));
    const { train, test } = stratifiedSplit(labels, { trainFraction: 0.5, seed: 7 });
    for (const part of [train, test]) {
      const counts = [0, 0, 0];
      for (const row of part) counts[labels[row] as number] = (counts[labels[row] as number] as number) + 1;
      expect(counts).toEqual([25, 25, 25]);
    }
  });

  it("parts the rows, with every class on both sides", () => {
    const labelled = array(integer({ min: 0, max: 4 }), { minLength: 1, maxLength: 60 }).map((labels) => [...labels, ...labels]);
    assert(
      property(labelled, double({ min: 0.01, max: 0.99, noNaN: true }), integer({ min: 0 }), (list, trainFraction, seed) => {
        const labels = Uint32Array.from(list);
        const { train, test } = stratifiedSplit(labels, { trainFraction, seed });
        expect([...train, ...test].toSorted((a, b) => a - b)).toEqual([...labels.keys()]);
        const classesIn = (rows: Uint32Array): Set<number> => new Set([...rows].map((row) => labels[row] as number));
        expect(classesIn(train)).toEqual(new Set(labels));
        expect(classesIn(test)).toEqual(new Set(labels));
      }),
      { seed: 1 },
    );
  });

  it("depends on the seed alone, and orders the training rows at random", () => {
    const labels = Uint32Array.from({ length: 40 }, (_, row) => row % 2);
    const split = (seed: number): string => JSON.stringify(stratifiedSplit(labels, { trainFraction: 0.5, seed }));
    expect(split(3)).toBe(split(3));
    expect(split(3)).not.toBe(split(4));
    const { train, test } = stratifiedSplit(labels, { trainFraction: 0.5, seed: 3 });
    expect(train).not.toEqual(train.toSorted());
    expect(test).toEqual(test.toSorted());
  });

  it("refuses a class of one row and a fraction that leaves a side empty", () => {
    expect(() => stratifiedSplit(Uint32Array.of(0, 0, 1), { trainFraction: 0.5, seed: 1 })).toThrow("Class 1 has 1 row");
    for (const trainFraction of [0, 1, -1, Number.NaN]) {
      expect(() => stratifiedSplit(Uint32Array.of(0, 0), { trainFraction, seed: 1 })).toThrow(RangeError);
    }
  });
});
