import { createBatch, createRandom } from "@ohmwork/core";
import { describe, expect, it } from "vitest";
import { decide, probabilitiesOf, UNKNOWN } from "./decision.ts";
import { fitGain } from "./fit-gain.ts";

const classes = ["a", "b", "c"];

describe("decide()", () => {
  it("takes the highest score, with its share of the exponentials", () => {
    const { label, confidence } = decide([0.1, 0.3, 0.2], classes, { gainPerVolt: 10, threshold: 0.5 });
    expect(label).toBe("b");
    expect(confidence).toBeCloseTo(Math.exp(3) / (Math.exp(1) + Math.exp(3) + Math.exp(2)), 12);
  });
  it("is unknown below the threshold, and says what is likeliest all the same", () => {
    const decided = decide([0.1, 0.3, 0.2], classes, { gainPerVolt: 10, threshold: 0.7 });
    expect(decided).toMatchObject({ label: UNKNOWN, likeliest: "b" });
  });
  it("stays within numbers where scores are far apart", () => {
    expect(decide([-100, 100, 0], classes, { gainPerVolt: 400, threshold: 0.5 })).toMatchObject({ label: "b", confidence: 1 });
  });
  it.each([[[1, 2]], [[Number.NaN, 1, 2]], [[Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY]]])(
    "refuses %j",
    (scores) => {
      expect(() => decide(scores, classes, { gainPerVolt: 40, threshold: 0.5 })).toThrow(RangeError);
    },
  );
});

describe("fitGain()", () => {
  it.each([5, 40, 150])("finds the gain that labels were drawn with: %d per volt", (gain) => {
    const random = createRandom(1, "scores");
    const rows = 4000;
    const scores = Float32Array.from({ length: rows * 3 }, () => random.normal() / gain);
    const labels = Array.from({ length: rows }, (_, row) => {
      const p = probabilitiesOf(scores.subarray(3 * row, 3 * row + 3), gain);
      const drawn = random.uniform();
      return drawn < p[0]! ? 0 : drawn < p[0]! + p[1]! ? 1 : 2;
    });
    // One deviation of the estimate is some 3 % with so many rows.
    expect(fitGain(createBatch(scores, [rows, 3]), labels) / gain).toBeCloseTo(1, 0.8);
  });
  it("expects a class for each row", () => {
    expect(() => fitGain(createBatch(new Float32Array(3), [1, 3]), [])).toThrow(RangeError);
  });
});
