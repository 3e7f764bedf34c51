import { array, assert, integer, property } from "fast-check";
import { describe, expect, it } from "vitest";
import { stratifiedParts } from "./stratified-parts.ts";

describe("stratifiedParts()", () => {
  it("parts the rows, with the share of every class to within a row", () => {
    assert(
      property(array(integer({ min: 0, max: 4 }), { maxLength: 80 }), integer({ min: 0 }), (list, seed) => {
        const labels = Uint32Array.from(list);
        const fractions = [0.6, 0.25, 0.15];
        const parts = stratifiedParts(labels, { fractions, seed });
        expect(parts.flatMap((part) => [...part]).toSorted((a, b) => a - b)).toEqual([...labels.keys()]);
        for (const label of new Set(labels)) {
          const size = list.filter((one) => one === label).length;
          for (const [i, part] of parts.entries()) {
            const found = [...part].filter((row) => labels[row] === label).length;
            expect(Math.abs(found - size * (fractions[i] as number))).toBeLessThanOrEqual(1);
          }
        }
      }),
      { seed: 1 },
    );
  });

  it("refuses fractions that are none", () => {
    for (const fractions of [
      [0.5, 0.4],
      [1, 0],
      [1.5, -0.5],
    ]) {
      expect(() => stratifiedParts(Uint32Array.of(0), { fractions, seed: 1 })).toThrow(RangeError);
    }
  });
});
