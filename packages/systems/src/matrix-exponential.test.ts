import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { matrixExponential } from "./matrix-exponential.ts";

const largestError = (got: Float64Array, wanted: readonly number[]): number =>
  Math.max(...wanted.map((value, i) => Math.abs(value - (got[i] as number))));

describe("matrixExponential()", () => {
  it("of a generator of rotation is the rotation", () => {
    fc.assert(
      fc.property(fc.double({ min: -30, max: 30, noNaN: true }), (angle) => {
        const [c, s] = [Math.cos(angle), Math.sin(angle)];
        expect(largestError(matrixExponential([0, -angle, angle, 0], 2), [c, -s, s, c])).toBeLessThan(1e-13);
      }),
    );
  });

  it("of a nilpotent matrix ends after its last power", () => {
    expect(largestError(matrixExponential([0, 2, 5, 0, 0, 3, 0, 0, 0], 3), [1, 2, 8, 0, 1, 3, 0, 0, 1])).toBeLessThan(1e-14);
  });

  it("has the determinant exp(trace), and exp(−A) for its inverse", () => {
    const entry = fc.double({ min: -3, max: 3, noNaN: true });
    fc.assert(
      fc.property(fc.array(entry, { minLength: 4, maxLength: 4 }), (values) => {
        const [a, b, c, d] = matrixExponential(values, 2) as unknown as [number, number, number, number];
        const wanted = Math.exp((values[0] as number) + (values[3] as number));
        const size = Math.max(Math.abs(a * d), wanted);
        expect(Math.abs(a * d - b * c - wanted) / size).toBeLessThan(1e-12);
        const back = matrixExponential(
          values.map((value) => -value),
          2,
        );
        expect(largestError(back, [d / wanted, -b / wanted, -c / wanted, a / wanted])).toBeLessThan(1e-9 * (1 + size / wanted));
      }),
    );
  });
});
