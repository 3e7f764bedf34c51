import { batchOf, createRandom, type Random } from "@ohmwork/core";
import { regressionTask } from "./regression-task.ts";
import type { Examples, Task } from "./task.ts";

export type TwoSourceRegressionOptions = {
  readonly seed: number;
  readonly supplyVolts: number;
  /**
   * Weights of the two sources in each output, ≥ 0 and with a sum below 1, the rest being ground's.
   *
   * @default [[0.2, 0.3]], the first row of the published task (Stern et al., PRX 11, 021045, 2021)
   */
  readonly coefficients?: readonly (readonly [number, number])[];
  /** @default 20 */
  readonly trainRows?: number;
  /** @default 50 */
  readonly testRows?: number;
};

/**
 * Linear regression y = a·x₁ + b·x₂ on points drawn evenly from 0 V to the supply. Sources: x₁, x₂, ground.
 *
 * @throws RangeError when coefficients are not what a network of resistors can give
 */
export function twoSourceRegressionTask(options: TwoSourceRegressionOptions): Task {
  const { seed, supplyVolts, coefficients = [[0.2, 0.3]], trainRows = 20, testRows = 50 } = options;
  for (const [a, b] of coefficients) {
    if (!(a >= 0 && b >= 0 && a + b < 1))
      throw new RangeError(`Coefficients must be 0 or more and sum to less than 1: ${a}, ${b}`);
  }
  const draw = (count: number, random: Random): Examples => {
    const points = Array.from({ length: count }, () => [random.uniform() * supplyVolts, random.uniform() * supplyVolts] as const);
    return {
      inputs: batchOf(points.map(([x1, x2]) => [x1, x2, 0])),
      labels: batchOf(points.map(([x1, x2]) => coefficients.map(([a, b]) => a * x1 + b * x2))),
    };
  };
  return regressionTask({
    name: "two-source regression",
    supplyVolts,
    inputNames: ["x1", "x2", "0 V"],
    train: draw(trainRows, createRandom(seed, "two-source regression, training")),
    test: draw(testRows, createRandom(seed, "two-source regression, test")),
  });
}
