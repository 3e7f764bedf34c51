import type { LearningRule } from "@ohmwork/core";
import { coupledLearning } from "./coupled-learning.ts";
import { desynchronous, signRule, tickProbabilityRule } from "./edge-rules.ts";
import { overclamped, towardsLabel } from "./nudges.ts";

/** A digital rule as data: what a simulation is given, and what firmware can be told. */
export type TickRule = {
  readonly edge:
    | { readonly kind: "sign" }
    /** Chance of a tick per contrast [1/V²]. */
    | { readonly kind: "tick-probability"; readonly ticksPerSquareVolt: number };
  /** Size of the nudge, in (0, 1]. */
  readonly eta: number;
  /** @default "free-clamped" */
  readonly contrast?: LearningRule["contrast"];
  /** Errors up to this are left alone [V]. @default 0 */
  readonly toleranceVolts?: number;
  /** Pull to far rails instead of to the label. */
  readonly overclamp?: { readonly lowVolts: number; readonly highVolts: number; readonly fullStrengthErrorVolts: number };
  /** @default false */
  readonly swapReplicas?: boolean;
  /** Chance that an edge takes part in a presentation. @default 1 */
  readonly participation?: number;
};

/** The rule that the data describe. @throws RangeError when overclamping and a tolerance are asked for at once */
export function createTickRule(name: string, rule: TickRule): LearningRule {
  const { edge, eta, contrast = "free-clamped", toleranceVolts = 0, overclamp, swapReplicas = false, participation = 1 } = rule;
  if (overclamp !== undefined && toleranceVolts > 0)
    throw new RangeError(`Rule ${name} cannot overclamp and have a tolerance as well`);
  const tick = edge.kind === "sign" ? signRule() : tickProbabilityRule({ gain: edge.ticksPerSquareVolt });
  return coupledLearning({
    name,
    contrast,
    swapReplicas,
    edge: participation < 1 ? desynchronous(tick, participation) : tick,
    nudge:
      overclamp === undefined
        ? towardsLabel({ eta, tolerance: toleranceVolts })
        : overclamped({
            eta,
            low: overclamp.lowVolts,
            high: overclamp.highVolts,
            fullStrengthError: overclamp.fullStrengthErrorVolts,
          }),
  });
}
