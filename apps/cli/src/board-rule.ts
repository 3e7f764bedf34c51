import { BadInputError } from "@ohmwork/core";
import type { BoardRule } from "@ohmwork/firmware-bridge";
import type { TickRule } from "@ohmwork/learning";

/** Steps of the board's converters over its supply. */
const CODES = 4096;

/**
 * A rule in the numbers of docs/board.md.
 *
 * @param supplyVolts what a code of 4096 would be [V]
 * @throws BadInputError when the firmware has no such rule
 */
export function boardRule(rule: TickRule, supplyVolts: number): BoardRule {
  const { edge, eta, contrast = "free-clamped", toleranceVolts = 0, overclamp, swapReplicas, participation = 1 } = rule;
  if (swapReplicas === true)
    throw new BadInputError("A board has one network for both states, so its replicas cannot be swapped");
  if (participation < 1)
    throw new BadInputError("The firmware updates every edge at every presentation, expected a rule that does");
  const code = (volts: number): number => Math.min(CODES - 1, Math.round((volts / supplyVolts) * CODES));
  const gain = edge.kind === "sign" ? 0 : Math.round(edge.ticksPerSquareVolt * (supplyVolts / CODES) ** 2 * 2 ** 32);
  return {
    kind: edge.kind,
    contrast,
    eta: Math.min(255, Math.round(256 * eta)),
    gain,
    tolerance: code(toleranceVolts),
    averages: 1,
    ...(overclamp === undefined
      ? {}
      : {
          overclamp: {
            low: code(overclamp.lowVolts),
            high: code(overclamp.highVolts),
            full: code(overclamp.fullStrengthErrorVolts),
          },
        }),
  };
}
