import { batchOf } from "@ohmwork/core";
import { describe, expect, it } from "vitest";
import { accuracy, meanSquaredError } from "./task.ts";

describe("accuracy()", () => {
  it("is the share of right answers", () => {
    expect(accuracy(Uint32Array.of(0, 1, 2, 2), Uint32Array.of(0, 1, 1, 2))).toBe(0.75);
  });
  it("refuses answers that do not fit the rows", () => {
    expect(() => accuracy(Uint32Array.of(0), Uint32Array.of(0, 1))).toThrow(RangeError);
    expect(() => accuracy(Uint32Array.of(), Uint32Array.of())).toThrow(RangeError);
  });
});

describe("meanSquaredError()", () => {
  it("leaves out outputs without a label", () => {
    expect(
      meanSquaredError(
        batchOf([
          [1, 5],
          [2, 7],
        ]),
        batchOf([
          [0, Number.NaN],
          [5, Number.NaN],
        ]),
      ),
    ).toBe(5);
  });
  it("shows an output that is not a number", () => {
    expect(meanSquaredError(batchOf([[Number.NaN]]), batchOf([[1]]))).toBeNaN();
  });
  it("refuses shapes that differ, and no label at all", () => {
    expect(() => meanSquaredError(batchOf([[1, 2]]), batchOf([[1], [2]]))).toThrow("Outputs have shape [1, 2], labels [2, 1]");
    expect(() => meanSquaredError(batchOf([[1]]), batchOf([[Number.NaN]]))).toThrow("at least one label");
  });
});
