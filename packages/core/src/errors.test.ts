import { describe, expect, it } from "vitest";
import {
  AbortedError,
  BadInputError,
  DeadlineExceededError,
  errorCatalogue,
  exitCodeOf,
  OhmworkError,
  PortRangeError,
} from "./errors.ts";

describe("errorCatalogue", () => {
  it("explains every code in one sentence without a full stop", () => {
    for (const [code, { meaning }] of Object.entries(errorCatalogue)) {
      expect(code).toMatch(/^[a-z]+(-[a-z]+)*$/);
      expect(meaning, code).toMatch(/^[A-Z].{20,}[^.\s]$/);
      expect(meaning, code).not.toContain("\n");
    }
  });
});

describe("OhmworkError", () => {
  it("carries its name, code, details and cause", () => {
    const cause = new TypeError("below");
    const error = new BadInputError("Row 3 has no label", { where: "flowers.csv", line: 3 }, { cause });
    expect(error).toBeInstanceOf(OhmworkError);
    expect(error).toMatchObject({ name: "BadInputError", code: "bad-input", details: { where: "flowers.csv", line: 3 }, cause });
    expect(error.stack).toContain("errors.test.ts");
  });

  it("says what it waited for, and what was stopped", () => {
    expect(new DeadlineExceededError("Settling", 0.5).message).toBe("Settling did not happen within 0.5 s");
    expect(new AbortedError("Learning").message).toBe("Learning was stopped before its end");
  });
});

describe("exitCodeOf()", () => {
  it("is 2 for bad input, 130 for an interruption, and 1 for most of the rest", () => {
    expect(exitCodeOf(new BadInputError("x"))).toBe(2);
    expect(exitCodeOf(new AbortedError("x"))).toBe(130);
    expect(exitCodeOf(new PortRangeError("x", { port: "p", index: 0, value: 2, min: 0, max: 1 }))).toBe(1);
    expect(exitCodeOf(new RangeError("x"))).toBe(1);
    expect(exitCodeOf("thrown text")).toBe(1);
  });
});
