import { describe, expect, it } from "vitest";
import { fading, type Nudge, overclamped, towardsLabel, towardsMargin } from "./nudges.ts";

function apply(nudge: Nudge, free: number[], label: number[]): { strength: number; displacement: number[] } {
  const displacement = new Float64Array(free.length);
  const strength = nudge(Float64Array.from(free), Float64Array.from(label), displacement);
  return { strength, displacement: [...displacement] };
}

describe("towardsLabel()", () => {
  it("pulls each labelled output by η of its error and leaves the others free", () => {
    const { strength, displacement } = apply(towardsLabel({ eta: 0.5 }), [1, 2, 3], [2, Number.NaN, 1]);
    expect(strength).toBe(1);
    expect(displacement).toEqual([0.5, Number.NaN, -1]);
  });
  it("teaches nothing within its tolerance, and counts errors from there", () => {
    expect(apply(towardsLabel({ eta: 0.5, tolerance: 0.3 }), [1], [1.2])).toEqual({ strength: 0, displacement: [Number.NaN] });
    expect(apply(towardsLabel({ eta: 0.5, tolerance: 0.3 }), [1], [0]).displacement[0]).toBeCloseTo(-0.35, 12);
  });
});

describe("overclamped()", () => {
  const nudge = overclamped({ eta: 0.5, low: 0, high: 5, fullStrengthError: 1 });
  it("pulls to the rail on the label's side, and weakens with the error", () => {
    expect(apply(nudge, [2], [2.1])).toEqual({ strength: expect.closeTo(0.1, 12), displacement: [1.5] });
    expect(apply(nudge, [2], [1.9])).toEqual({ strength: expect.closeTo(0.1, 12), displacement: [-1] });
    expect(apply(nudge, [2], [4]).strength).toBe(1);
  });
  it("teaches nothing where the output is right or has no label", () => {
    expect(apply(nudge, [2, 1], [2, Number.NaN])).toEqual({ strength: 0, displacement: [Number.NaN, Number.NaN] });
  });
});

describe("towardsMargin()", () => {
  const nudge = towardsMargin({ push: 0.3, margin: 0.05 });
  it("pushes the right output up and its strongest rival down", () => {
    expect(apply(nudge, [1, 1.2, 0.4], [5, 0, 0])).toEqual({ strength: 1, displacement: [0.3, -0.3, Number.NaN] });
    expect(apply(nudge, [1, 1.2, 0.4], [0, 0, 5])).toEqual({ strength: 1, displacement: [Number.NaN, -0.3, 0.3] });
  });
  it("leaves alone what has no label, and teaches nothing where fewer than two outputs have one", () => {
    expect(apply(nudge, [1, 1.2, 0.4], [5, Number.NaN, 0])).toEqual({
      strength: 0,
      displacement: [Number.NaN, Number.NaN, Number.NaN],
    });
    expect(apply(nudge, [0.3, 1.2, 0.4], [5, Number.NaN, 0])).toEqual({ strength: 1, displacement: [0.3, Number.NaN, -0.3] });
    expect(apply(nudge, [1, 1.2], [Number.NaN, Number.NaN]).strength).toBe(0);
    expect(apply(nudge, [1], [5])).toEqual({ strength: 0, displacement: [Number.NaN] });
  });
  it("teaches nothing once the right output leads by the margin", () => {
    expect(apply(nudge, [1.26, 1.2], [5, 0]).strength).toBe(0);
    expect(apply(nudge, [1.24, 1.2], [5, 0]).strength).toBe(1);
  });
});

describe("fading()", () => {
  it("weakens with every presentation, taught or not, down to its last share", () => {
    const nudge = fading(towardsLabel({ eta: 0.5, tolerance: 0.1 }), { presentations: 4, last: 0.2 });
    const strengths = [2, 1, 2, 2, 2, 2].map((label) => apply(nudge, [1], [label]).strength);
    for (const [i, wanted] of [1, 0, 0.6, 0.4, 0.2, 0.2].entries()) expect(strengths[i]).toBeCloseTo(wanted, 12);
  });
});
