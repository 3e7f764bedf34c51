import { batchOf, takeRows } from "@ohmwork/core";
import { describe, expect, it } from "vitest";
import { iris } from "../iris.ts";
import { accuracy } from "../task.ts";
import type { LabelledRows } from "./labelled-rows.ts";
import { logisticRegression } from "./logistic-regression.ts";
import { majorityClass } from "./majority-class.ts";
import { nearestClassMean } from "./nearest-class-mean.ts";

const { features, labels } = iris();
const whole: LabelledRows = { features, labels, classes: 3 };
const even = Uint32Array.from({ length: 75 }, (_, i) => 2 * i);
const half: LabelledRows = { features: takeRows(features, even), labels: even.map((row) => labels[row] as number), classes: 3 };
/** 81 flowers that never were, between and beyond the real ones. */
const grid = batchOf(
  [5, 6, 7].flatMap((a) => [2.5, 3, 3.5].flatMap((b) => [2, 3.5, 5].flatMap((c) => [0.5, 1.25, 2].map((d) => [a, b, c, d])))),
);

describe("logisticRegression()", () => {
  it("answers as scikit-learn's LogisticRegression does after StandardScaler", () => {
    expect(accuracy(logisticRegression(whole)(features), labels)).toBeCloseTo(146 / 150, 12);
    expect(logisticRegression(half)(grid).join("")).toBe(
      "111111112001011112000000002111111112111111112001011112111111112111111112111111112",
    );
  });

  it("takes a feature that never varies", () => {
    const rows = {
      features: batchOf([
        [1, 7],
        [2, 7],
        [3, 7],
        [4, 7],
      ]),
      labels: Uint32Array.of(0, 0, 1, 1),
      classes: 2,
    };
    expect([
      ...logisticRegression(rows)(
        batchOf([
          [0, 7],
          [9, 7],
        ]),
      ),
    ]).toEqual([0, 1]);
  });
});

describe("nearestClassMean()", () => {
  it("answers as scikit-learn's NearestCentroid does", () => {
    expect(accuracy(nearestClassMean(whole)(features), labels)).toBeCloseTo(139 / 150, 12);
    expect(nearestClassMean(half)(grid).join("")).toBe(
      "000111111000111111000111111000111112000111112000111112001111122001111122001111122",
    );
  });
});

describe("majorityClass()", () => {
  it("answers the class met most often", () => {
    const rows = { features: batchOf([[0], [0], [0]]), labels: Uint32Array.of(1, 0, 1), classes: 2 };
    expect([...majorityClass(rows)(batchOf([[5], [6]]))]).toEqual([1, 1]);
  });
});
