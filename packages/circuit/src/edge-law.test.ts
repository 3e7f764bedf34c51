import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { currentByFrom, currentByTo, currentOf } from "./edge-current.ts";
import { conductanceOf, type EdgeLaw, isLinear, orientationOf, parameterRange } from "./edge-law.ts";
import { ad5220, mcp4251, siliconDiode, transistorEdge, x9c303s } from "./parts.ts";

const laws: readonly EdgeLaw[] = [
  { law: "resistor", resistanceOhms: 4700 },
  { law: "conductor", minSiemens: 1e-6, maxSiemens: 1e-2 },
  ad5220(10_000),
  mcp4251(50_000),
  x9c303s(),
  siliconDiode(),
  transistorEdge(),
];

const setting = fc.record({
  law: fc.constantFrom(...laws),
  share: fc.double({ min: 0, max: 1, noNaN: true }),
  va: fc.double({ min: -0.7, max: 0.7, noNaN: true }),
  vb: fc.double({ min: -0.1, max: 0.1, noNaN: true }),
});

function parameterAt(law: EdgeLaw, share: number): number {
  const range = parameterRange(law);
  return range === undefined ? 0 : range.min + share * (range.max - range.min);
}

describe("edge laws", () => {
  it("give the resistances of the data sheets", () => {
    expect(1 / conductanceOf(ad5220(10_000), 0)).toBeCloseTo(40, 9);
    expect(1 / conductanceOf(ad5220(10_000), 127)).toBeCloseTo(40 + (10_000 * 127) / 128, 7);
    expect(1 / conductanceOf(mcp4251(10_000), 256)).toBeCloseTo(10_075, 7);
    expect(1 / conductanceOf(x9c303s(), 0)).toBeCloseTo(40, 9);
    expect(1 / conductanceOf(x9c303s(), 99)).toBeCloseTo(32_000, 6);
    expect(parameterRange(ad5220(10_000))).toEqual({ unit: "position", min: 0, max: 127, levels: 128 });
    expect(parameterRange({ ...mcp4251(10_000), lowestPosition: 7 })).toEqual({
      unit: "position",
      min: 7,
      max: 256,
      levels: 250,
    });
    expect(() => conductanceOf(siliconDiode(), 0)).toThrow(TypeError);
  });

  it("have derivatives that finite differences confirm, of the sign that makes the state unique", () => {
    fc.assert(
      fc.property(setting, ({ law, share, va, vb }) => {
        const parameter = parameterAt(law, share);
        const h = 1e-5;
        const byFrom = (currentOf(law, parameter, va + h, vb) - currentOf(law, parameter, va - h, vb)) / (2 * h);
        const byTo = (currentOf(law, parameter, va, vb + h) - currentOf(law, parameter, va, vb - h)) / (2 * h);
        // A transistor's slope has a kink where it saturates: the difference quotient is off by S·h there.
        const allowed = law.law === "mosfet" ? law.amperesPerSquareVolt * h : 1e-6 * Math.abs(byFrom) + 1e-12;
        expect(Math.abs(currentByFrom(law, parameter, va, vb) - byFrom)).toBeLessThanOrEqual(allowed);
        expect(Math.abs(currentByTo(law, parameter, va, vb) - byTo)).toBeLessThanOrEqual(allowed);
        expect(currentByFrom(law, parameter, va, vb)).toBeGreaterThan(0);
        expect(currentByTo(law, parameter, va, vb)).toBeLessThan(0);
      }),
      { numRuns: 1000 },
    );
  });

  it("conduct nothing without a drop, and never give power back", () => {
    fc.assert(
      fc.property(setting, ({ law, share, va, vb }) => {
        const parameter = parameterAt(law, share);
        expect(currentOf(law, parameter, va, va)).toBe(0);
        expect(currentOf(law, parameter, va, vb) * (va - vb)).toBeGreaterThanOrEqual(0);
      }),
    );
  });

  it("turn with their orientation: the drop stays, the current grows or falls with the parameter", () => {
    for (const law of laws) {
      if (parameterRange(law) === undefined) continue;
      const currents = [0.2, 0.8].map((share) => currentOf(law, parameterAt(law, share), 0.4, 0));
      expect([law.law, Math.sign((currents[1] as number) - (currents[0] as number))]).toEqual([law.law, orientationOf(law)]);
    }
    expect(laws.filter(isLinear)).toHaveLength(5);
  });

  it("recover the ohmic transistor S·(Vg − Vt − V̄)·ΔV where both ends are below saturation", () => {
    const law = { ...transistorEdge(), gminSiemens: 0 };
    expect(currentOf(law, 2, 0.4, 0.1)).toBeCloseTo(8.5e-4 * (2 - 0.62 - 0.25) * 0.3, 15);
    expect(currentOf(law, 1.02, 3, 0.1)).toBeCloseTo((8.5e-4 / 2) * 0.3 ** 2, 15); // saturated: (S/2)(Vg − Vt − V)²
  });
});
