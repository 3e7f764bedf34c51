import { describe, expect, it } from "vitest";
import { totalOf } from "./run-steps.ts";

const counts = (passed: number, failed: number, skipped: number) => ({ passed, failed, skipped });

describe("totalOf()", () => {
  it("adds up tests and steps", () => {
    expect(totalOf(counts(5, 1, 2), counts(3, 1, 1), false)).toEqual(counts(8, 2, 3));
  });

  it("counts skips as failures where everything is required", () => {
    expect(totalOf(counts(5, 0, 2), counts(3, 0, 1), true)).toEqual(counts(8, 3, 0));
    expect(totalOf(counts(5, 0, 0), counts(3, 0, 0), true)).toEqual(counts(8, 0, 0));
  });

  it("fails when no test ran", () => {
    expect(totalOf(counts(0, 0, 4), counts(3, 0, 0), false)).toEqual(counts(3, 1, 4));
  });
});
