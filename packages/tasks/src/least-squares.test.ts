import { batchOf } from "@ohmwork/core";
import { describe, expect, it } from "vitest";
import { affineFit, normalEquations, solveNormal } from "./least-squares.ts";

describe("solveNormal()", () => {
  const equations = normalEquations(
    batchOf([
      [1, 2, 0.5],
      [2, -1, 1],
      [0, 1, 3],
      [1, 1, 1],
    ]),
    [1, -2, 4, 0.5],
  );

  it("agrees with numpy.linalg.lstsq", () => {
    const expected = [-1.16747967, 0.77154472, 1.06666667];
    for (const [i, weight] of (solveNormal(equations, [0, 1, 2]) ?? []).entries())
      expect(weight).toBeCloseTo(expected[i] as number, 8);
  });

  it("names no solution when columns depend on each other", () => {
    const copied = normalEquations(
      batchOf([
        [1, 2, 3],
        [2, 5, 7],
        [0, 1, 1],
      ]),
      [1, 2, 3],
    );
    expect(solveNormal(copied, [0, 1, 2])).toBeUndefined();
    expect(solveNormal(copied, [0, 2])).toBeDefined();
  });
});

const value = ([x, , y]: number[]): number => 2 * (x as number) - (y as number) + 7;

describe("affineFit()", () => {
  it("finds an affine function beside rails, which depend on its constant", () => {
    const points = [
      [0, 5, 0],
      [1, 5, 2],
      [3, 5, -1],
      [4, 5, 8],
    ];
    const fitted = affineFit(batchOf(points), points.map(value))(batchOf([[10, 5, 20]]));
    expect(fitted[0]).toBeCloseTo(7, 6);
  });
});
