import { createRandom, type Random } from "@ohmwork/core";
import type { DeclaredGap } from "./declared-gap.ts";
import type { PortGap } from "./port-gap.ts";

/** What real pendulums do that their twin does not. */
export type PendulumGap = {
  /** Relative error of the angle under every sine, the same for all. */
  readonly angle: number;
  /** Relative error of each pendulum's own stiffness, standard deviation. */
  readonly stiffness: number;
  /** Relative error of each coupling, equal both ways, standard deviation. */
  readonly coupling: number;
  /** Couplings that nobody drew and no parameter reaches, standard deviation. */
  readonly frozenCoupling: number;
  /** Amplitude of a slow sine of all stiffnesses over the calls, relative, and its period in calls. */
  readonly stiffnessDrift: number;
  readonly driftPeriodCalls: number;
  readonly ports: Partial<PortGap>;
};

/** The gap that in-silico training of the two-layer network on handwritten digits loses two points to, ten when it is larger. */
export const realisticPendulumGap: PendulumGap = {
  angle: 0.1,
  stiffness: 0.1,
  coupling: 0.1,
  frozenCoupling: 0.3,
  stiffnessDrift: 0.02,
  driftPeriodCalls: 1500,
  ports: { inputNoise: 0.02, outputNoiseOfRow: 0.01 },
};

/** The gap of the second example published with physics-aware training (github.com/mcmahon-lab/Physics-Aware-Training). */
export const publishedPendulumGap: PendulumGap = {
  angle: 0.1,
  stiffness: 0,
  coupling: 0,
  frozenCoupling: 0.2,
  stiffnessDrift: 0,
  driftPeriodCalls: 1500,
  ports: { inputNoise: 0.02 },
};

/** One set of pendulums as it was really built. */
export type BuiltPendulums = {
  readonly angleFactor: number;
  /** [n] of 1 for a pendulum as drawn. */
  readonly stiffness: Float32Array;
  /** [n × n], symmetric, of 1 for a coupling as drawn. */
  readonly couplingFactors: Float32Array;
  /** [n × n], symmetric; its diagonal counts as that of the couplings does. */
  readonly frozen: Float32Array;
};

/** Draws n pendulums: every size of the gap times `scale`, the draw itself the same for every scale. */
export function drawPendulums(n: number, gap: PendulumGap, scale: number, seed: number): BuiltPendulums {
  const { normal } = createRandom(seed, "stiffness of the pendulums");
  const couplingError = gap.coupling * scale;
  const frozen = gap.frozenCoupling * scale;
  return {
    angleFactor: 1 + gap.angle * scale,
    stiffness: Float32Array.from({ length: n }, () => 1 + gap.stiffness * scale * normal()),
    couplingFactors: drawSymmetric(n, 1, [couplingError, couplingError], createRandom(seed, "errors of the couplings")),
    // Drawn like parameters: both entries of a pair, whose mean is what couples.
    frozen: drawSymmetric(n, 0, [frozen, frozen * Math.SQRT1_2], createRandom(seed, "frozen couplings")),
  };
}

function drawSymmetric(
  n: number,
  mean: number,
  [onDiagonal, beside]: readonly [number, number],
  { normal }: Random,
): Float32Array {
  const matrix = new Float32Array(n * n).fill(mean);
  if (onDiagonal === 0) return matrix;
  for (let i = 0; i < n; i += 1) {
    matrix[i * n + i] = mean + onDiagonal * normal();
    for (let j = 0; j < i; j += 1) matrix[i * n + j] = matrix[j * n + i] = mean + beside * normal();
  }
  return matrix;
}

export function declarePendulumGap(gap: PendulumGap, scale: number): DeclaredGap {
  const { angle, stiffness, coupling, frozenCoupling, stiffnessDrift, driftPeriodCalls } = gap;
  return [
    { name: "angle under every sine", where: "structure", size: angle * scale, unit: "", kind: "error" },
    { name: "stiffness of each pendulum", where: "structure", size: stiffness * scale, unit: "", kind: "error" },
    { name: "each coupling", where: "parameter", size: coupling * scale, unit: "", kind: "error" },
    { name: "frozen couplings", where: "structure", size: frozenCoupling * scale, unit: "", kind: "structure" },
    {
      name: `all stiffnesses over ${driftPeriodCalls} calls`,
      where: "structure",
      size: stiffnessDrift * scale,
      unit: "",
      kind: "drift",
    },
  ];
}
