import { createRandom } from "@ohmwork/core";
import { describe, expect, it } from "vitest";
import { balancedLogistic } from "./balanced-logistic.ts";

/** Rows of two features; what is looked for lies to the right. */
function rows(positives: number, negatives: number): Parameters<typeof balancedLogistic>[0] {
  const random = createRandom(4, "rows");
  const isPositive = Array.from({ length: positives + negatives }, (_, i) => i < positives);
  const features = Float32Array.from(isPositive.flatMap((yes) => [random.normal() + (yes ? 1.5 : 0), random.normal()]));
  return { features, width: 2, isPositive };
}

/** Loss by the letter of its definition. */
function loss({ features, isPositive }: Parameters<typeof balancedLogistic>[0], weights: Float64Array, penalty: number): number {
  const count = isPositive.length;
  const positives = isPositive.filter(Boolean).length;
  const [w0, w1, intercept] = weights as unknown as [number, number, number];
  let sum = (0.5 * penalty * (w0 ** 2 + w1 ** 2)) / count;
  for (const [i, yes] of isPositive.entries()) {
    const score = w0 * (features[2 * i] as number) + w1 * (features[2 * i + 1] as number) + intercept;
    const share = 1 / (1 + Math.exp(yes ? -score : score));
    sum -= Math.log(share) / (2 * (yes ? positives : count - positives));
  }
  return sum;
}

describe("balancedLogistic()", () => {
  it("finds the bottom: nothing nearby is lower", () => {
    const data = rows(20, 400);
    const weights = balancedLogistic(data, { penalty: 3 });
    const least = loss(data, weights, 3);
    for (let i = 0; i < 3; i += 1) {
      for (const step of [-0.02, 0.02])
        expect(loss(data, weights.with(i, (weights[i] as number) + step), 3)).toBeGreaterThan(least);
    }
    expect(weights[0]).toBeGreaterThan(0.5);
    expect(Math.abs(weights[1] as number)).toBeLessThan(0.3);
  });

  it("puts its boundary in the middle, however few of one side there are", () => {
    const [w0 = 0, , intercept = 0] = balancedLogistic(rows(300, 5000));
    expect(-intercept / w0).toBeCloseTo(0.75, 1);
  });

  it("refuses one side alone", () => {
    expect(() => balancedLogistic(rows(0, 3))).toThrow("Both sides need rows: 0 of 3 are what is looked for");
    expect(() => balancedLogistic(rows(3, 0))).toThrow(RangeError);
  });
});
