import { describe, expect, it } from "vitest";
import { isDeep, recordMeasured, scaled } from "./deep.ts";

describe("scaled()", () => {
  it("is the full count in the deep tests and a tenth, rounded up, in the gate", () => {
    expect(scaled(200)).toBe(isDeep ? 200 : 20);
    expect(scaled(11)).toBe(isDeep ? 11 : 2);
    expect(scaled(1)).toBe(1);
  });

  it("refuses a count that is not a whole number of 1 or more", () => {
    for (const count of [0, -1, 2.5, Number.NaN]) expect(() => scaled(count)).toThrow(RangeError);
  });
});

describe("recordMeasured()", () => {
  it("keeps every figure with the test that measured it", () => {
    const context = { task: { meta: {} } };
    recordMeasured(context, "error [V]", 1e-9);
    recordMeasured(context, "networks", 20);
    expect(context.task.meta).toEqual({ measured: { "error [V]": 1e-9, networks: 20 } });
  });
});
