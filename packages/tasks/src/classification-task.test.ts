import { batchOf } from "@ohmwork/core";
import { describe, expect, it } from "vitest";
import { classificationTask } from "./classification-task.ts";
import { iris } from "./iris.ts";

describe("classificationTask()", () => {
  const options = { seed: 1, supplyVolts: 5 };
  const task = classificationTask(iris(), options);

  it("gives both parts in volts within the supply", () => {
    expect(task.inputNames.length).toBe(10);
    expect(task.inputNames.slice(7)).toEqual(["not petal width (cm)", "0 V", "5 V"]);
    for (const { inputs, labels, classes } of [task.train, task.test]) {
      expect(inputs.shape).toEqual([75, 10]);
      expect(Math.min(...inputs.data)).toBe(0);
      expect(Math.max(...inputs.data)).toBe(5);
      expect([...new Set(labels.data)].toSorted((a, b) => a - b)).toEqual([1.25, 2.5, 3.75]);
      expect(classes?.length).toBe(75);
    }
  });

  it("scores the labels themselves 1, a shifted class 0 and one answer for all a third", () => {
    const { labels } = task.test;
    expect(task.score(labels, task.test)).toBe(1);
    const shifted = { ...labels, data: labels.data.map((volts) => (volts === 3.75 ? 1.25 : volts + 1.25)) };
    expect(task.score(shifted, task.test)).toBe(0);
    expect(task.score({ ...labels, data: new Float32Array(75).fill(2.5) }, task.test)).toBeCloseTo(1 / 3, 12);
  });

  it("sets simple methods beside it, over 20 splits of iris", () => {
    const sums: Record<string, number> = {};
    for (let seed = 1; seed <= 20; seed += 1) {
      for (const [name, score] of Object.entries(classificationTask(iris(), { ...options, seed }).baselines())) {
        sums[name] = (sums[name] ?? 0) + score / 20;
      }
    }
    expect(Object.keys(sums)).toEqual(["majorityClass", "nearestClassMean", "logisticRegression", "nonNegativeLeastSquares"]);
    expect(sums["majorityClass"]).toBeCloseTo(1 / 3, 12);
    // scikit-learn and scipy over 20 other splits: 0.922, 0.9587, 0.9653; the mean of 20 splits varies by about 0.005.
    expect(Math.abs((sums["nearestClassMean"] as number) - 0.922)).toBeLessThan(0.015);
    expect(Math.abs((sums["logisticRegression"] as number) - 0.9587)).toBeLessThan(0.015);
    expect(Math.abs((sums["nonNegativeLeastSquares"] as number) - 0.9653)).toBeLessThan(0.015);
  });

  it("has an output for each class when asked", () => {
    const { train, targets, score } = classificationTask(iris(), { ...options, targets: "one-per-class" });
    expect(targets.outputs).toBe(3);
    expect(train.labels.shape).toEqual([75, 3]);
    expect(score(batchOf([[0, 1, 0]]), { ...train, classes: Uint32Array.of(1) })).toBe(1);
  });

  it("takes rows of the source apart: no row is both learnt and tested", () => {
    const { train, test } = task.split;
    expect(new Set([...train, ...test]).size).toBe(150);
  });
});
