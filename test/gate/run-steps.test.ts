import { describe, expect, it } from "vitest";
import { totalOf } from "./run-steps.ts";

const counts = (passed: number, failed: number, skipped: number, withoutData = 0) => ({
  passed,
  failed,
  skipped,
  withoutData,
});
const total = (passed: number, failed: number, skipped: number) => ({ passed, failed, skipped });

describe("totalOf()", () => {
  it("adds up tests and steps", () => {
    expect(totalOf(counts(5, 1, 2), counts(3, 1, 1), false)).toEqual(total(8, 2, 3));
  });

  it("counts skips as failures where everything is required", () => {
    expect(totalOf(counts(5, 0, 2), counts(3, 0, 1), true)).toEqual(total(8, 3, 0));
    expect(totalOf(counts(5, 0, 0), counts(3, 0, 0), true)).toEqual(total(8, 0, 0));
  });

  it("lets tests pass over data that are not there", () => {
    expect(totalOf(counts(5, 0, 2, 2), counts(3, 0, 0), true)).toEqual(total(8, 0, 2));
    expect(totalOf(counts(5, 0, 2, 1), counts(3, 0, 1), true)).toEqual(total(8, 2, 1));
  });

  it("fails when no test ran", () => {
    expect(totalOf(counts(0, 0, 4), counts(3, 0, 0), false)).toEqual(total(3, 1, 4));
  });
});
