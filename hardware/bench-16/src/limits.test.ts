import { describe, expect, it } from "vitest";
import { bench16Build } from "./build.ts";
import { edgeOhms, lowestSafePosition } from "./limits.ts";

describe("edgeOhms()", () => {
  it("is the data sheet's rheostat", () => {
    expect(edgeOhms(bench16Build, 0)).toBe(75);
    expect(edgeOhms(bench16Build, 128)).toBe(50_075);
    expect(edgeOhms(bench16Build, 256, -0.2)).toBe(80_075);
  });
});

describe("lowestSafePosition()", () => {
  it("is the first that keeps 5 V below 2.5 mA in a chip 20 % low", () => {
    const lowest = lowestSafePosition(bench16Build);
    expect(lowest).toBe(7);
    expect(5 / edgeOhms(bench16Build, lowest, -0.2)).toBeLessThanOrEqual(0.0025);
    expect(5 / edgeOhms(bench16Build, lowest - 1, -0.2)).toBeGreaterThan(0.0025);
  });

  it("needs the figures of the data sheet", () => {
    expect(() => lowestSafePosition({ ...bench16Build, parts: [] })).toThrow(RangeError);
  });
});
