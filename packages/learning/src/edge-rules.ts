import type { Random } from "@ohmwork/core";

/**
 * What one edge makes of the two voltage drops it sensed itself [V], of how strongly it is taught (1 as usual), and of
 * chance; a rule may also ask what share its own parameter is of its largest value. Positive: conduct more. `second` belongs to the state nearer to the label, `first` to the other one.
 *
 * All rules here follow the contrast `first² − second²`: an edge that drops more in the state nearer to the label becomes
 * more resistive (Stern et al., Phys. Rev. X 11, 021045, 2021).
 */
export type EdgeRule = (first: number, second: number, strength: number, random: Random, share?: number) => number;

/**
 * The continuous rule: `rate / width · (first² − second²)`, in the edge's own parameter unit.
 *
 * @param options.rate learning rate [parameter unit / V²]
 * @param options.width distance of the two compared states in units of the error: η, or 2η for the symmetric contrast
 * @param options.largestChange bound on one change [parameter unit] @default Infinity
 */
export function continuousRule(options: { rate: number; width: number; largestChange?: number }): EdgeRule {
  const factor = options.rate / options.width;
  const bound = options.largestChange ?? Number.POSITIVE_INFINITY;
  return (first, second, strength) => {
    const change = strength * factor * (first - second) * (first + second);
    return Math.min(bound, Math.max(-bound, change));
  };
}

/**
 * The continuous rule in parts of the edge's own parameter: `rate · share · (first² − second²)`. Of a rheostat, whose parameter is its
 * resistance, every edge then changes by the same factor, however well it conducts.
 *
 * @param options.rate learning rate at the largest value [parameter unit / V²]
 */
export function proportionalRule({ rate }: { readonly rate: number }): EdgeRule {
  return (first, second, strength, _random, share = 1) => strength * rate * share * (first - second) * (first + second);
}

/**
 * The continuous rule with a price on power: `rate / width · ((1 − λ) first² − second²)`, so that λ > 0 drifts towards
 * low conductance at a cost in error that grows as λ² (arXiv 2310.10437).
 *
 * @param options.lambda 0: no price, 1: power alone
 */
export function powerAwareRule(options: { rate: number; width: number; lambda: number; largestChange?: number }): EdgeRule {
  const { rate, width, lambda } = options;
  const bound = options.largestChange ?? Number.POSITIVE_INFINITY;
  return (first, second, strength) => {
    const change = ((strength * rate) / width) * ((1 - lambda) * first * first - second * second);
    return Math.min(bound, Math.max(-bound, change));
  };
}

/**
 * The digital sign rule: one tick at every presentation, in the direction of the contrast. Two comparators, of the
 * difference and of the sum of the drops, and an XOR of their outputs give that direction without a squarer
 * (Dillavou et al., Phys. Rev. Applied 18, 014040, 2022). A strength below 1 is the chance that the edge hears the tick.
 */
export function signRule(): EdgeRule {
  return (first, second, strength, random) => {
    if (strength < 1 && random.uniform() >= strength) return 0;
    const differenceRises = second - first > 0;
    const sumIsPositive = second + first > 0;
    return differenceRises === sumIsPositive ? -1 : 1;
  };
}

/**
 * One tick with a chance that grows with the contrast: min(1, gain · |first² − second²|). On average it is the continuous
 * rule, with no squarer's precision asked of the tick itself; near the solution it falls silent, which the sign rule never does.
 *
 * @param options.gain chance per contrast [1/V²]
 */
export function tickProbabilityRule(options: { gain: number }): EdgeRule {
  const { gain } = options;
  return (first, second, strength, random) => {
    const contrast = (first - second) * (first + second);
    const chance = strength * gain * Math.abs(contrast);
    if (!(random.uniform() < chance)) return 0; // nor for a chance that is not a number
    return contrast > 0 ? 1 : -1;
  };
}

/**
 * Desynchronous updates: at each presentation an edge updates only with the given chance, independently of all others, as
 * it would without a common clock (Wycoff et al., J. Chem. Phys. 156, 144903, 2022).
 */
export function desynchronous(rule: EdgeRule, chance: number): EdgeRule {
  return (first, second, strength, random, share) =>
    random.uniform() < chance ? rule(first, second, strength, random, share) : 0;
}
