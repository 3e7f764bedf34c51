import { createRandom } from "@ohmwork/core";
import { describe, expect, it } from "vitest";
import { ridge } from "./ridge.ts";

describe("ridge()", () => {
  it("finds the matrix behind exact pairs", () => {
    const { normal } = createRandom(1, "pairs");
    const [rows, n, m] = [200, 7, 3];
    const w = Float64Array.from({ length: n * m }, normal);
    const x = Float32Array.from({ length: rows * n }, normal);
    const y = Float32Array.from({ length: rows * m }, (_, at) => {
      const [row, k] = [Math.floor(at / m), at % m];
      return Array.from({ length: n }, (_column, i) => (x[row * n + i] as number) * (w[i * m + k] as number)).reduce(
        (a, b) => a + b,
      );
    });
    for (const [i, value] of ridge(x, y, rows, 1e-9).entries()) expect(value).toBeCloseTo(w[i] as number, 4);
  });

  it("shares the weight between equal columns, and shrinks it by λ", () => {
    // One column of ones given twice: w = 1 / (2 + λ) each for a target of 1.
    expect([...ridge(Float32Array.of(1, 1, 1, 1), Float32Array.of(1, 1), 2, 0.5)]).toEqual([
      expect.closeTo(0.4),
      expect.closeTo(0.4),
    ]);
  });
});
