import { type Batch, batchOf, rowOf, rowsOf, takeRows } from "@ohmwork/core";
import { array, assert, double, integer, property } from "fast-check";
import { describe, expect, it } from "vitest";
import { type Column, fitEncoding } from "./encoding.ts";
import { iris } from "./iris.ts";
import { convexFit, nonNegativeFit } from "./non-negative-fit.ts";

/** Iris, every other row, as fractions of the supply, with class c at (c + 1) / 4: what the reference values were made from. */
function evenIris(columns: readonly Column[]): { rows: Batch; targets: number[] } {
  const { features, labels } = iris();
  const even = Uint32Array.from({ length: 75 }, (_, i) => 2 * i);
  const { encode } = fitEncoding(features, even, { supplyVolts: 1, columns });
  return { rows: encode(takeRows(features, even)), targets: [...even].map((row) => ((labels[row] as number) + 1) / 4) };
}

function residuals(rows: Batch, weights: Float64Array, targets: readonly number[]): number[] {
  return targets.map((target, r) => rowOf(rows, r).reduce((sum, value, i) => sum + value * (weights[i] as number), 0) - target);
}

function largestDifference(found: ArrayLike<number>, expected: ArrayLike<number>): number {
  return Math.max(...Array.from(found, (value, i) => Math.abs(value - (expected[i] ?? Number.NaN))));
}

/** Half the gradient of the squared error. */
function slopes(rows: Batch, weights: Float64Array, targets: readonly number[]): number[] {
  const rest = residuals(rows, weights, targets);
  return Array.from(weights, (_, i) => rest.reduce((sum, residual, r) => sum + residual * (rowOf(rows, r)[i] as number), 0));
}

const problem = integer({ min: 1, max: 6 }).chain((width) =>
  array(array(double({ min: 0, max: 1, noNaN: true }), { minLength: width + 1, maxLength: width + 1 }), {
    minLength: 1,
    maxLength: 12,
  }),
);

describe("nonNegativeFit()", () => {
  it("agrees with scipy.optimize.nnls", () => {
    expect(
      largestDifference(
        nonNegativeFit(
          batchOf([
            [1, 2, 0.5],
            [2, -1, 1],
            [0, 1, 3],
            [1, 1, 1],
          ]),
          [1, -2, 4, 0.5],
        ),
        [0, 0.82270916, 0.68525896],
      ),
    ).toBeLessThan(1e-7);
    const { rows, targets } = evenIris([
      { feature: 0 },
      { feature: 1 },
      { feature: 2 },
      { feature: 3 },
      { rail: 0 },
      { rail: 1 },
    ]);
    expect(largestDifference(nonNegativeFit(rows, targets), [0, 0, 0.20084758, 0.42138214, 0, 0.20908862])).toBeLessThan(1e-6);
  });

  it("leaves no descent open: the conditions of Karush, Kuhn and Tucker hold", () => {
    assert(
      property(problem, (table) => {
        const rows = batchOf(table.map((row) => row.slice(1)));
        const targets = table.map((row) => row[0] as number);
        const weights = nonNegativeFit(rows, targets);
        for (const [i, slope] of slopes(rows, weights, targets).entries()) {
          expect(weights[i]).toBeGreaterThanOrEqual(0);
          expect(slope).toBeGreaterThan(-1e-6);
          expect(Math.min(weights[i] as number, Math.abs(slope))).toBeLessThan(1e-6);
        }
      }),
      { seed: 1, numRuns: 500 },
    );
  });
});

describe("convexFit()", () => {
  it("agrees with scipy.optimize.minimize (SLSQP)", () => {
    const columns = [
      { feature: 2 },
      { feature: 3 },
      { feature: 0, complement: true },
      { feature: 1, complement: true },
      { rail: 1 },
    ];
    const { rows, targets } = evenIris(columns);
    const weights = convexFit(rows, targets);
    expect(largestDifference(weights, [0.4201128277, 0.3491685504, 0.196637234, 0.0071568275, 0.0269245604])).toBeLessThan(1e-7);
    expect(residuals(rows, weights, targets).reduce((sum, residual) => sum + residual ** 2, 0)).toBeCloseTo(0.2199590626108, 12);
  });

  it("is the plain non-negative fit where ground takes up the rest", () => {
    const { rows, targets } = evenIris([{ feature: 2 }, { feature: 3 }, { rail: 0 }, { rail: 1 }]);
    const [length, width, , supply] = nonNegativeFit(rows, targets) as unknown as [number, number, number, number];
    expect(largestDifference(convexFit(rows, targets), [length, width, 1 - length - width - supply, supply])).toBeLessThan(1e-6);
  });

  it("gives weights ≥ 0 of sum 1 that no shift of weight betters", () => {
    assert(
      property(problem, (table) => {
        const rows = batchOf(table.map((row) => row.slice(1)));
        const targets = table.map((row) => row[0] as number);
        const weights = convexFit(rows, targets);
        expect(weights.length).toBe(rowsOf(rows).width);
        expect(weights.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 9);
        const slope = slopes(rows, weights, targets);
        const lowest = Math.min(...slope);
        for (const [i, weight] of weights.entries()) {
          expect(weight).toBeGreaterThanOrEqual(0);
          expect(Math.min(weight, (slope[i] as number) - lowest)).toBeLessThan(1e-5);
        }
      }),
      { seed: 1, numRuns: 500 },
    );
  });
});
