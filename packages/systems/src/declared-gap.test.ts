import { describe, expect, it } from "vitest";
import { type DeclaredGap, describeGap, gapOf, withSize } from "./declared-gap.ts";
import { realisticPendulumGap } from "./pendulum-gap.ts";
import { createPendulums } from "./pendulums.ts";
import { realisticPlateGap } from "./plate-gap.ts";
import { createPlate } from "./plate.ts";
import { realisticRlcGap } from "./rlc-gap.ts";
import { createRlc } from "./rlc.ts";
import { realisticShgGap } from "./shg-gap.ts";
import { createShg } from "./shg.ts";

const gap: DeclaredGap = [
  { name: "stiffness of each pendulum", where: "structure", size: 0.1, unit: "", kind: "error" },
  { name: "frozen couplings", where: "structure", size: 0.07 * 3, unit: "", kind: "structure" },
  { name: "offset of each input", where: "input", size: 0.0123456, unit: "V", kind: "offset" },
  { name: "positions of each input", where: "input", size: 4096, unit: "levels", kind: "quantisation" },
];

describe("describeGap()", () => {
  it("says where, what kind, what and how much, in one line each", () => {
    expect(describeGap(gap)).toEqual([
      "structure, error: stiffness of each pendulum, 10 %",
      "structure: frozen couplings, 21 %",
      "input, offset: offset of each input, 0.01235 V",
      "input, quantisation: positions of each input, 4096 levels",
    ]);
  });
});

describe("withSize()", () => {
  it("leaves out what is nothing", () => {
    expect(withSize([...gap, { name: "none", where: "output", size: 0, unit: "", kind: "noise" }])).toEqual(gap);
  });
});

describe("gapOf()", () => {
  it("is empty for a system that declares none", async () => {
    await using plate = createPlate({ seed: 1 });
    expect(gapOf(plate).length).toBe(8);
    const { gap: _, ...silent } = plate;
    expect(gapOf(silent)).toEqual([]);
  });
});

describe("checkSizes()", () => {
  it.each<readonly [string, (factor: number, period: number) => unknown]>([
    [
      "pendulums",
      (gapScale, driftPeriodCalls) =>
        createPendulums({ pendulums: 2, seed: 1, gapScale, gap: { ...realisticPendulumGap, driftPeriodCalls, ports: {} } }),
    ],
    [
      "plate",
      (gapScale, driftPeriodCalls) =>
        createPlate({ seed: 1, gapScale, gap: { ...realisticPlateGap, driftPeriodCalls, ports: {} } }),
    ],
    [
      "rlc",
      (gapScale, driftPeriodCalls) => createRlc({ seed: 1, gapScale, gap: { ...realisticRlcGap, driftPeriodCalls, ports: {} } }),
    ],
    [
      "shg",
      (gapScale, driftPeriodCalls) => createShg({ seed: 1, gapScale, gap: { ...realisticShgGap, driftPeriodCalls, ports: {} } }),
    ],
  ])("refuses a gap of %s whose sizes are none", (_, create) => {
    for (const factor of [-1, Number.NaN, Infinity])
      expect(() => create(factor, 100)).toThrow(new RangeError(`Gap has gapScale ${factor}: expected a number of 0 or more`));
    expect(() => create(1, 0)).toThrow(new RangeError("Gap has driftPeriodCalls 0: expected a number above 0"));
    expect(() => create(1, 100)).not.toThrow();
  });
});
