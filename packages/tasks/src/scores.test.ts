import { describe, expect, it } from "vitest";
import { confusionMatrix, wilsonInterval } from "./scores.ts";

describe("confusionMatrix()", () => {
  it("counts the answers of each class, as scikit-learn's own example does", () => {
    const truth = Uint32Array.of(2, 0, 2, 2, 0, 1);
    const answers = Uint32Array.of(0, 0, 2, 2, 0, 2);
    expect([...confusionMatrix(answers, truth, 3)]).toEqual([2, 0, 0, 0, 0, 1, 1, 0, 2]);
  });

  it("refuses rows that do not match and classes there are none of", () => {
    expect(() => confusionMatrix(Uint32Array.of(0), Uint32Array.of(0, 1), 2)).toThrow("1 answers, 2 rows");
    expect(() => confusionMatrix(Uint32Array.of(2), Uint32Array.of(0), 2)).toThrow(
      "Row 0 has class 0 and answer 2: expected 0 to 1",
    );
  });
});

describe("wilsonInterval()", () => {
  // scipy.stats.binomtest(right, count).proportion_ci(method="wilson")
  it.each([
    [150, 161, 0.8818100526848196, 0.9614244163282026],
    [0, 10, 0, 0.27753279986288926],
    [10, 10, 0.7224672001371109, 1],
    [9612, 10_000, 0.9572344418610992, 0.9648113580417887],
  ])("of %i in %i is scipy's", (right, count, low, high) => {
    expect(wilsonInterval(right, count).low).toBeCloseTo(low, 12);
    expect(wilsonInterval(right, count).high).toBeCloseTo(high, 12);
  });

  it("refuses a share that is none", () => {
    for (const [right, count] of [
      [0, 0],
      [3, 2],
      [-1, 2],
      [0.5, 2],
    ] as const) {
      expect(() => wilsonInterval(right, count)).toThrow(RangeError);
    }
  });
});
