import type { LearningRule } from "@ohmwork/core";
import { continuousRule, coupledLearning, createTickRule, powerAwareRule, type TickRule, towardsLabel } from "@ohmwork/learning";

/** Half-way to the label: large enough to stand out from a comparator's noise, small enough to stay near the gradient. */
const ETA = 0.5;
/**
 * Ticks per V² of contrast at a 5 V supply. Measured on iris over seeds 1–20: 0.05 to 0.5 score within a point of each other;
 * the slow end wins, since the last ticks are what stays.
 */
const TICKS_PER_SQUARE_VOLT = 0.1;
/** Price of power in the power-aware rule: measured on iris to cost no accuracy and a third of the power (docs/rules.md). */
const LAMBDA = 0.02;

const chance = (factor = 1): TickRule["edge"] => ({
  kind: "tick-probability",
  ticksPerSquareVolt: factor * TICKS_PER_SQUARE_VOLT,
});
const sign: TickRule["edge"] = { kind: "sign" };

/** Digital rules at a 5 V supply with one voltage per output, by name: for simulated potentiometers and for boards. */
export const tickRules: Readonly<Record<string, TickRule>> = {
  "tick-probability": { eta: ETA, edge: chance() },
  "tick-probability-symmetric": { eta: ETA, edge: chance(1 / 2), contrast: "symmetric" }, // its contrast is twice as large
  "tick-probability-hinge": { eta: ETA, edge: chance(10), toleranceVolts: 0.3 }, // few rows teach, and must teach more each
  "tick-probability-desynchronous": { eta: ETA, edge: chance(2), participation: 0.5 },
  sign: { eta: ETA, edge: sign },
  "sign-symmetric": { eta: ETA, edge: sign, contrast: "symmetric" },
  "sign-swapped": { eta: ETA, edge: sign, swapReplicas: true },
  "sign-desynchronous": { eta: ETA, edge: sign, participation: 0.1 },
  "sign-overclamped": { eta: ETA, edge: sign, overclamp: { lowVolts: 0, highVolts: 5, fullStrengthErrorVolts: 1 } },
};

/** Rules that move a fraction of a position, which only a simulated wiper or one with an accumulator can keep. */
const analogRules: Readonly<Record<string, () => LearningRule>> = {
  continuous: () =>
    coupledLearning({
      name: "continuous",
      edge: continuousRule({ rate: TICKS_PER_SQUARE_VOLT * ETA, width: ETA }),
      nudge: towardsLabel({ eta: ETA }),
    }),
  "power-aware": () =>
    coupledLearning({
      name: "power-aware",
      edge: powerAwareRule({ rate: TICKS_PER_SQUARE_VOLT * ETA, width: ETA, lambda: LAMBDA }),
      nudge: towardsLabel({ eta: ETA }),
    }),
};

/** Every rule for networks of simulated potentiometers, by name. */
export const potRules: Readonly<Record<string, () => LearningRule>> = {
  ...Object.fromEntries(Object.entries(tickRules).map(([name, rule]) => [name, () => createTickRule(name, rule)])),
  ...analogRules,
};
