import type { LearningRule } from "@ohmwork/core";
import {
  continuousRule,
  coupledLearning,
  desynchronous,
  overclamped,
  powerAwareRule,
  signRule,
  tickProbabilityRule,
  towardsLabel,
} from "@ohmwork/learning";

/** Half-way to the label: large enough to stand out from a comparator's noise, small enough to stay near the gradient. */
const ETA = 0.5;
/**
 * Ticks per V² of contrast at a 5 V supply. Measured on iris over seeds 1–20: 0.05 to 0.5 score within a point of each other;
 * the slow end wins, since the last ticks are what stays.
 */
const TICKS_PER_SQUARE_VOLT = 0.1;
/** Price of power in the power-aware rule: measured on iris to cost no accuracy and a third of the power (docs/rules.md). */
const LAMBDA = 0.02;

/** Rules for networks of digital potentiometers at a 5 V supply with one voltage per output, by name. */
export const potRules: Readonly<Record<string, () => LearningRule>> = {
  "tick-probability": () => potRule("tick-probability", { edge: tickProbabilityRule({ gain: TICKS_PER_SQUARE_VOLT }) }),
  "tick-probability-symmetric": () =>
    potRule("tick-probability-symmetric", {
      edge: tickProbabilityRule({ gain: TICKS_PER_SQUARE_VOLT / 2 }),
      contrast: "symmetric",
    }),
  "tick-probability-hinge": () =>
    potRule("tick-probability-hinge", {
      edge: tickProbabilityRule({ gain: 10 * TICKS_PER_SQUARE_VOLT }), // it learns from few rows, and must learn more from each
      nudge: towardsLabel({ eta: ETA, tolerance: 0.3 }),
    }),
  "tick-probability-desynchronous": () =>
    potRule("tick-probability-desynchronous", {
      edge: desynchronous(tickProbabilityRule({ gain: 2 * TICKS_PER_SQUARE_VOLT }), 0.5),
    }),
  sign: () => potRule("sign", { edge: signRule() }),
  "sign-symmetric": () => potRule("sign-symmetric", { edge: signRule(), contrast: "symmetric" }),
  "sign-swapped": () => potRule("sign-swapped", { edge: signRule(), swapReplicas: true }),
  "sign-desynchronous": () => potRule("sign-desynchronous", { edge: desynchronous(signRule(), 0.1) }),
  "sign-overclamped": () =>
    potRule("sign-overclamped", { edge: signRule(), nudge: overclamped({ eta: ETA, low: 0, high: 5, fullStrengthError: 1 }) }),
  continuous: () => potRule("continuous", { edge: continuousRule({ rate: TICKS_PER_SQUARE_VOLT * ETA, width: ETA }) }),
  "power-aware": () =>
    potRule("power-aware", { edge: powerAwareRule({ rate: TICKS_PER_SQUARE_VOLT * ETA, width: ETA, lambda: LAMBDA }) }),
};

function potRule(
  name: string,
  parts: Pick<Parameters<typeof coupledLearning>[0], "edge"> & Partial<Parameters<typeof coupledLearning>[0]>,
): LearningRule {
  return coupledLearning({ nudge: towardsLabel({ eta: ETA }), ...parts, name });
}
