import { createRandom } from "@ohmwork/core";
import { expect, it } from "vitest";
import { createTickRule } from "./tick-rule.ts";

const random = createRandom(1, "tick rules");

function present(
  rule: ReturnType<typeof createTickRule>,
  free: number,
  label: number,
): { strength: number; displacement: number } {
  const displacement = new Float64Array(1);
  const strength = rule.nudge(Float64Array.of(free), Float64Array.of(label), displacement);
  return { strength, displacement: displacement[0] as number };
}

it("createTickRule() makes the rule that its data describe", () => {
  const plain = createTickRule("plain", { edge: { kind: "sign" }, eta: 0.5 });
  expect(plain).toMatchObject({ name: "plain", contrast: "free-clamped", swapReplicas: false });
  expect(present(plain, 2, 3)).toEqual({ strength: 1, displacement: 0.5 });
  const changes = new Float64Array(2);
  plain.change(Float64Array.of(0.4, 0.1), Float64Array.of(0.3, 0.2), 1, random, changes);
  expect([...changes]).toEqual([1, -1]);

  const careful = createTickRule("careful", {
    edge: { kind: "sign" },
    eta: 0.5,
    toleranceVolts: 0.3,
    contrast: "symmetric",
    swapReplicas: true,
  });
  expect(careful).toMatchObject({ contrast: "symmetric", swapReplicas: true });
  expect(present(careful, 2, 2.2).strength).toBe(0);

  const far = createTickRule("far", {
    edge: { kind: "sign" },
    eta: 0.5,
    overclamp: { lowVolts: 0, highVolts: 5, fullStrengthErrorVolts: 1 },
  });
  expect(present(far, 2, 2.5)).toEqual({ strength: 0.5, displacement: 1.5 });

  const rare = createTickRule("rare", { edge: { kind: "tick-probability", ticksPerSquareVolt: 0 }, eta: 0.5 });
  rare.change(Float64Array.of(0.4, 0.1), Float64Array.of(0.3, 0.2), 1, random, changes);
  expect([...changes]).toEqual([0, 0]);

  const seldom = createTickRule("seldom", { edge: { kind: "sign" }, eta: 0.5, participation: 0.1 });
  const many = new Float64Array(10_000);
  seldom.change(new Float64Array(10_000).fill(0.4), new Float64Array(10_000).fill(0.3), 1, random, many);
  expect(Math.abs(many.reduce((sum, tick) => sum + tick, 0) / 10_000 - 0.1)).toBeLessThan(5 * Math.sqrt(0.09 / 10_000));
});

it("createTickRule() refuses to overclamp with a tolerance", () => {
  const overclamp = { lowVolts: 0, highVolts: 5, fullStrengthErrorVolts: 1 };
  expect(() => createTickRule("both", { edge: { kind: "sign" }, eta: 0.5, toleranceVolts: 0.1, overclamp })).toThrow(RangeError);
});
