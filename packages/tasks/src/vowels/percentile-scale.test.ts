import { batchOf } from "@ohmwork/core";
import { describe, expect, it } from "vitest";
import { percentileRanges, scaleToRanges } from "./percentile-scale.ts";
import { petersonBarney } from "./peterson-barney.ts";

describe("percentileRanges()", () => {
  it("is numpy.percentile(…, [1, 99]) of the given rows", () => {
    const { features, speakers } = petersonBarney();
    const men = Uint32Array.from([...speakers.keys()].filter((row) => speakers[row]?.startsWith("m")));
    const ranges = percentileRanges(features, men).slice(1);
    const numpy = [
      [214.72, 800],
      [650, 2450],
      [1570, 3250],
    ];
    for (const [i, [low, high]] of numpy.entries()) {
      expect(ranges[i]?.low).toBeCloseTo(low as number, 9);
      expect(ranges[i]?.high).toBeCloseTo(high as number, 9);
    }
  });

  it("takes a single row, and refuses none", () => {
    expect(percentileRanges(batchOf([[3], [5]]), Uint32Array.of(1))).toEqual([{ low: 5, high: 5 }]);
    expect(() => percentileRanges(batchOf([[3]]), new Uint32Array(0))).toThrow(RangeError);
  });
});

describe("scaleToRanges()", () => {
  it("goes from 0 to 1, holds what lies beyond, and puts what has no range at a half", () => {
    const ranges = [
      { low: 100, high: 300 },
      { low: 7, high: 7 },
    ];
    const scaled = scaleToRanges(
      batchOf([
        [100, 7],
        [150, 0],
        [301, 9],
        [0, 7],
      ]),
      ranges,
    );
    expect([...scaled.data]).toEqual([0, 0.5, 0.25, 0.5, 1, 0.5, 0, 0.5]);
  });
});
