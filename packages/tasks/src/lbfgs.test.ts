import { describe, expect, it } from "vitest";
import { minimise, type Objective } from "./lbfgs.ts";

const valley: Objective = (point, gradient) => {
  const [x, y] = point as unknown as [number, number];
  gradient[0] = -2 * (1 - x) - 400 * x * (y - x * x);
  gradient[1] = 200 * (y - x * x);
  return (1 - x) ** 2 + 100 * (y - x * x) ** 2;
};

const bowl: Objective = (point, gradient) => {
  const [x, y] = point as unknown as [number, number];
  gradient.set([2e4 * (x - 3), 2e-2 * (y + 5), 0]);
  return 1e4 * (x - 3) ** 2 + 1e-2 * (y + 5) ** 2;
};

describe("minimise()", () => {
  it("finds the minimum of Rosenbrock's valley", () => {
    const [x, y] = minimise(valley, Float64Array.of(-1.2, 1), { tolerance: 1e-9 }) as unknown as [number, number];
    expect(x).toBeCloseTo(1, 7);
    expect(y).toBeCloseTo(1, 7);
  });

  it("finds the minimum of a badly scaled bowl with a flat direction", () => {
    const [x, y, z] = minimise(bowl, Float64Array.of(0, 0, 8), { tolerance: 1e-9 }) as unknown as [number, number, number];
    expect(x).toBeCloseTo(3, 9);
    expect(y).toBeCloseTo(-5, 6);
    expect(z).toBe(8);
  });
});
