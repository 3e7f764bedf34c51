import { batchOf } from "@ohmwork/core";
import { describe, expect, it } from "vitest";
import { defaultColumns, fitEncoding } from "./encoding.ts";

const features = batchOf([
  [1, 10],
  [3, 10],
  [2, 10],
  [9, -5],
]);
const trainRows = Uint32Array.of(0, 1, 2);

const fit = (options: Partial<Parameters<typeof fitEncoding>[2]>): unknown =>
  fitEncoding(features, trainRows, { supplyVolts: 5, columns: [], ...options });

describe("fitEncoding()", () => {
  it("learns its scale from the training rows and clamps the others to it", () => {
    const encoding = fitEncoding(features, trainRows, { supplyVolts: 4, columns: [{ feature: 0 }] });
    expect(encoding.ranges[0]).toEqual({ min: 1, max: 3 });
    expect([...encoding.encode(features).data]).toEqual([0, 4, 2, 4]);
  });

  it("does not look at other rows", () => {
    const options = { supplyVolts: 5, columns: defaultColumns(2) };
    const others = batchOf([
      [1, 10],
      [3, 10],
      [2, 10],
      [-700, 1e6],
    ]);
    expect(fitEncoding(others, trainRows, options).ranges).toEqual(fitEncoding(features, trainRows, options).ranges);
  });

  it("drives complements and rails", () => {
    const columns = [{ feature: 0, complement: true }, { rail: 0 }, { rail: 0.25 }, { rail: 1 }] as const;
    const { encode } = fitEncoding(features, trainRows, { supplyVolts: 4, columns });
    expect(encode(batchOf([[1.5, 0]]))).toEqual(batchOf([[3, 0, 1, 4]]));
  });

  it("holds a feature that never varies at half the supply", () => {
    const { encode } = fitEncoding(features, trainRows, { supplyVolts: 4, columns: [{ feature: 1 }] });
    expect([...encode(features).data]).toEqual([2, 2, 2, 2]);
  });

  it("refuses what it cannot encode", () => {
    expect(() => fit({ columns: [{ feature: 2 }] })).toThrow("Column names feature 2: expected 0 to 1");
    expect(() => fit({ columns: [{ rail: 1.5 }] })).toThrow("Rail must be a fraction of the supply: 1.5");
    expect(() => fit({ supplyVolts: 0 })).toThrow("Supply must be positive");
    expect(() => fitEncoding(features, new Uint32Array(0), { supplyVolts: 5, columns: [] })).toThrow("at least one row");
    expect(() => fitEncoding(features, trainRows, { supplyVolts: 5, columns: [] }).encode(batchOf([[1]]))).toThrow(
      "takes 2 features",
    );
  });
});

describe("defaultColumns()", () => {
  it("takes every feature, every complement, ground and supply", () => {
    expect(defaultColumns(1)).toEqual([{ feature: 0 }, { feature: 0, complement: true }, { rail: 0 }, { rail: 1 }]);
  });
});
