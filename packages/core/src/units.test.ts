import { describe, expect, it } from "vitest";
import { Amperes, Farads, Ohms, Seconds, Siemens, Volts, Watts } from "./units.ts";

describe("units", () => {
  it("are plain numbers at run time", () => {
    for (const unit of [Amperes, Farads, Ohms, Seconds, Siemens, Volts, Watts]) expect(unit(-1.5)).toBe(-1.5);
  });

  it("refuse what is not finite, by their own name", () => {
    expect(() => Volts(Number.NaN)).toThrow(new RangeError("Volts must be finite: NaN"));
    expect(() => Seconds(Infinity)).toThrow(new RangeError("Seconds must be finite: Infinity"));
  });
});
