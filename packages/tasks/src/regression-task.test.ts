import { batchOf, rowOf } from "@ohmwork/core";
import { describe, expect, it } from "vitest";
import { allosteryTask } from "./allostery-task.ts";
import { twoSourceRegressionTask } from "./two-source-regression-task.ts";
import { xorTask } from "./xor-task.ts";

describe("xorTask()", () => {
  const task = xorTask();

  it("asks for 58.5 mV where the inputs differ", () => {
    expect([0, 1, 2, 3].map((row) => Array.from(rowOf(task.train.inputs, row).subarray(0, 2)))).toEqual(
      [
        [0, 0],
        [0, 0.45],
        [0.45, 0],
        [0.45, 0.45],
      ].map((pair) => pair.map(Math.fround)),
    );
    expect(task.train.labels).toEqual(batchOf([[0], [0.0585], [0.0585], [0]]));
  });

  it("scores an output against its label", () => {
    expect(task.score(batchOf([[0], [0.0585], [0.0585], [0]]), task.test)).toBeLessThan(1e-14);
    expect(task.score(batchOf([[0], [0], [0], [0]]), task.test)).toBeCloseTo(0.0585 ** 2 / 2, 9);
  });

  it("has the floor of a linear network as baseline", () => {
    expect(task.baselines()["linearRegression"]).toBeCloseTo((0.0585 / 2) ** 2, 9);
  });
});

describe("twoSourceRegressionTask()", () => {
  it("draws points over the supply and labels that weights of 0.2 and 0.3 give", () => {
    const { train, test } = twoSourceRegressionTask({ seed: 1, supplyVolts: 5 });
    expect(train.inputs.shape).toEqual([20, 3]);
    expect(test.inputs.shape).toEqual([50, 3]);
    for (let row = 0; row < 20; row += 1) {
      const [x1, x2, ground] = rowOf(train.inputs, row) as unknown as [number, number, number];
      expect(ground).toBe(0);
      expect(Math.max(x1, x2)).toBeLessThanOrEqual(5);
      expect(train.labels.data[row]).toBeCloseTo(0.2 * x1 + 0.3 * x2, 6);
    }
  });

  it("is within reach of a network of resistors, and not of its mean", () => {
    const { meanLabel, linearRegression, nonNegativeLeastSquares } = twoSourceRegressionTask({
      seed: 2,
      supplyVolts: 5,
    }).baselines();
    expect(nonNegativeLeastSquares).toBeLessThan(1e-12);
    expect(linearRegression).toBeLessThan(1e-12);
    expect(meanLabel).toBeGreaterThan(0.1);
  });

  it("refuses weights that leave ground nothing", () => {
    expect(() => twoSourceRegressionTask({ seed: 1, supplyVolts: 5, coefficients: [[0.5, 0.5]] })).toThrow(RangeError);
  });
});

describe("allosteryTask()", () => {
  it("lifts one source and wants a voltage between the sources at each target", () => {
    const { train, test, inputNames } = allosteryTask({ seed: 1, supplyVolts: 5, targets: 3 });
    expect(test).toBe(train);
    expect(inputNames).toEqual(["source 1", "source 2"]);
    expect(train.inputs).toEqual(batchOf([[5, 0]]));
    expect(train.labels.shape).toEqual([1, 3]);
    for (const volts of train.labels.data) {
      expect(volts).toBeGreaterThanOrEqual(5 / 4);
      expect(volts).toBeLessThanOrEqual((5 * 3) / 4);
    }
  });

  it("has patterns whose responses sum to the supply, as those of resistors do", () => {
    const { train } = allosteryTask({ seed: 4, supplyVolts: 5, sources: 3, patterns: 3, targets: 2 });
    for (let target = 0; target < 2; target += 1) {
      expect([0, 1, 2].reduce((sum, p) => sum + (rowOf(train.labels, p)[target] as number), 0)).toBeCloseTo(5, 5);
    }
  });

  it("depends on the seed", () => {
    const [first, again, other] = [1, 1, 2].map((seed) => allosteryTask({ seed, supplyVolts: 5 }).train.labels);
    expect(again).toEqual(first);
    expect(other).not.toEqual(first);
  });

  it("refuses what is no allostery", () => {
    expect(() => allosteryTask({ seed: 1, supplyVolts: 5, sources: 1 })).toThrow(RangeError);
    expect(() => allosteryTask({ seed: 1, supplyVolts: 5, patterns: 3 })).toThrow(RangeError);
  });
});
