import { createRandom } from "@ohmwork/core";
import { expect, it } from "vitest";
import { continuousRule, desynchronous, powerAwareRule, proportionalRule, signRule, tickProbabilityRule } from "./edge-rules.ts";

const random = createRandom(1, "edge rules");
const someDrops = (): [number, number] => [2 * random.uniform() - 1, 2 * random.uniform() - 1];

it("continuousRule() is the contrast over the width of the nudge, and bounded", () => {
  const rule = continuousRule({ rate: 3, width: 0.5 });
  expect(rule(0.4, 0.3, 1, random)).toBeCloseTo((3 / 0.5) * (0.16 - 0.09), 12);
  expect(rule(0.4, 0.3, 0.5, random)).toBeCloseTo((1.5 / 0.5) * (0.16 - 0.09), 12);
  expect(continuousRule({ rate: 3, width: 0.5, largestChange: 0.1 })(0, 1, 1, random)).toBe(-0.1);
});

it("proportionalRule() is the continuous rule times the edge's share of its largest value", () => {
  const whole = continuousRule({ rate: 3, width: 1 });
  const rule = proportionalRule({ rate: 3 });
  expect(rule(0.4, 0.3, 0.5, random, 0.25)).toBeCloseTo(0.25 * whole(0.4, 0.3, 0.5, random), 12);
  expect(desynchronous(rule, 1)(0.4, 0.3, 1, random, 0)).toBe(0);
});

it("powerAwareRule() is the continuous rule at λ = 0, and pays for every drop at λ = 1", () => {
  const free = continuousRule({ rate: 2, width: 0.5 });
  const priced = powerAwareRule({ rate: 2, width: 0.5, lambda: 0 });
  for (let i = 0; i < 100; i += 1) {
    const [first, second] = someDrops();
    expect(priced(first, second, 1, random)).toBeCloseTo(free(first, second, 1, random), 12);
  }
  expect(powerAwareRule({ rate: 2, width: 0.5, lambda: 1 })(0.7, 0.3, 1, random)).toBeCloseTo(-4 * 0.09, 12);
});

it("signRule() finds the sign of the contrast from two comparators and an XOR", () => {
  const rule = signRule();
  for (let i = 0; i < 10_000; i += 1) {
    const [first, second] = someDrops();
    expect(rule(first, second, 1, random)).toBe(Math.sign(first * first - second * second));
  }
});

it("signRule() with a strength below 1 ticks that often", () => {
  const rule = signRule();
  let ticks = 0;
  for (let i = 0; i < 10_000; i += 1) ticks += Math.abs(rule(0.4, 0.3, 0.3, random));
  expect(Math.abs(ticks / 10_000 - 0.3)).toBeLessThan(5 * Math.sqrt((0.3 * 0.7) / 10_000)); // five standard errors
});

it("tickProbabilityRule() ticks on average as much as the continuous rule changes", () => {
  const rule = tickProbabilityRule({ gain: 0.8 });
  for (const [first, second] of [
    [0.9, 0.2],
    [-0.3, 0.8],
    [0.5, 0.5],
  ] as const) {
    let sum = 0;
    for (let i = 0; i < 20_000; i += 1) sum += rule(first, second, 1, random);
    expect(Math.abs(sum / 20_000 - 0.8 * (first * first - second * second))).toBeLessThan(5 / Math.sqrt(20_000));
  }
});

it("tickProbabilityRule() never moves more than a tick, however large the contrast", () => {
  expect(tickProbabilityRule({ gain: 1e9 })(0, 5, 1, random)).toBe(-1);
});

it("desynchronous() lets an edge update with the given chance only", () => {
  const rule = desynchronous(signRule(), 0.25);
  let updates = 0;
  for (let i = 0; i < 10_000; i += 1) updates += Math.abs(rule(0.1, 0.4, 1, random));
  expect(Math.abs(updates / 10_000 - 0.25)).toBeLessThan(5 * Math.sqrt((0.25 * 0.75) / 10_000));
});
