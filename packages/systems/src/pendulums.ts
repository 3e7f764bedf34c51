import { type GraphRuntime, tensor } from "@ohmwork/autograd";
import type { Port, Ports } from "@ohmwork/core";
import { driftAt } from "./call-count.ts";
import { checkSizes, type SimulatedSystem } from "./declared-gap.ts";
import { declarePendulumGap, drawPendulums, type PendulumGap, realisticPendulumGap } from "./pendulum-gap.ts";
import { pendulumDeviceGraph, pendulumStage } from "./pendulum-graph.ts";
import { swing } from "./pendulum-swing.ts";
import { createGraphKernel } from "./graph-kernel.ts";
import { scalePortGap } from "./port-gap.ts";
import { createSimulatedSystem } from "./simulated-system.ts";
import { withPortGap } from "./with-port-gap.ts";

export type PendulumOptions = {
  /** How many hang together, each coupled to every other. @default 196 */
  readonly pendulums?: number;
  /** Draws how they were built, and their noise. */
  readonly seed: number;
  /** @default realisticPendulumGap */
  readonly gap?: PendulumGap;
  /** Every size of the gap times this: at 0 the device is its twin. @default 1 */
  readonly gapScale?: number;
  /** Works the swing out instead of the reference in this package: some fifty times as fast. */
  readonly runtime?: GraphRuntime;
};

/**
 * Networks of the two examples published with physics-aware training: handwritten digits of 14 × 14 through two networks,
 * the second with ten pendulums for the classes; clothes in 16 patches of 7 × 7, each beside 51 pendulums at rest, through
 * one network 16 times, and all their answers with ten classes through a second.
 */
export const publishedPendulums = { digits: [196, 206], clothes: [100, 1610] } as const;

/**
 * Pendulums of one length, all coupled in pairs: let go at rest at the inputs q₀ [n] rad, read at q(½) [n] rad, where
 * q″ᵢ = −sin qᵢ + Σⱼ Jᵢⱼ (sin qⱼ − sin qᵢ) + eᵢ in units of √(length / gravity). Parameters are couplings C [n × n], row by
 * row, with J = (C + Cᵀ) / 2, and torques e [n]; Cᵢᵢ holds pendulum i back like gravity, −Cᵢᵢ sin qᵢ, as the published
 * examples have it. At the start all parameters are 0.
 *
 * @throws RangeError when `pendulums` is not a whole number of 1 or more, or a size of the gap is not one
 */
export function createPendulums(options: PendulumOptions): SimulatedSystem {
  const { pendulums: n = 196, seed, gap = realisticPendulumGap, gapScale = 1, runtime } = options;
  if (!Number.isInteger(n) || n < 1) throw new RangeError(`Number of pendulums must be a whole number of 1 or more: ${n}`);
  checkSizes({ ...gap, gapScale });
  const built = drawPendulums(n, gap, gapScale, seed);
  // One matrix for good: a training programs it at every step, and each response works on its copy.
  const coupled = new Float32Array(n * n);
  let torques = new Float32Array(n);
  const program = (parameters: Float32Array): void => {
    torques = parameters.slice(n * n);
    couple(coupled, parameters, built);
  };
  program(new Float32Array(n * n + n));

  const kernel = runtime && createGraphKernel(runtime, () => pendulumDeviceGraph(n, built.angleFactor));
  const system = createSimulatedSystem({
    ports: pendulumPorts(n),
    stage: pendulumStage,
    gap: declarePendulumGap(gap, gapScale),
    program,
    ...(kernel && { dispose: () => kernel[Symbol.asyncDispose]() }),
    respond: (angles, rows, calls) => {
      const drift = 1 + gap.stiffnessDrift * gapScale * driftAt(calls, gap.driftPeriodCalls);
      const matrix = coupled.slice();
      for (let i = 0; i < n; i += 1) (matrix[i * n + i] as number) -= drift * (built.stiffness[i] as number);
      if (kernel === undefined) return swing({ matrix, torques, angleFactor: built.angleFactor }, angles);
      return kernel.run({
        angles: tensor("float32", [rows, n], angles),
        matrix: tensor("float32", [n, n], matrix),
        torques: tensor("float32", [n], torques),
      });
    },
  });
  return withPortGap(system, scalePortGap(gap.ports, gapScale), seed);
}

/** Angles may go round many times, and what one network answers is the next one's input: the windows only keep numbers sound. */
function pendulumPorts(n: number): Ports {
  const angle = { name: "angle", unit: "rad", size: n, min: -1000, max: 1000 };
  const force = (name: string, size: number): Port => ({ name, unit: "", size, min: -16, max: 16 });
  return { inputs: [angle], parameters: [force("coupling", n * n), force("torque", n)], outputs: [angle] };
}

/**
 * Fills the matrix [n × n] of what the couplings make of sin q: neighbours beside the diagonal, and on it minus the sum of
 * the row. That is done at every step of a training, so each pair is worked out only once.
 */
function couple(
  matrix: Float32Array,
  couplings: Float32Array,
  { couplingFactors, frozen }: ReturnType<typeof drawPendulums>,
): void {
  const n = Math.sqrt(frozen.length);
  const sums = new Float64Array(n);
  for (let i = 0; i < n; i += 1) {
    let sum = 0;
    for (let j = 0; j <= i; j += 1) {
      const there = i * n + j;
      const back = j * n + i;
      const mean = ((couplings[there] as number) + (couplings[back] as number)) / 2;
      const coupling = mean * (couplingFactors[there] as number) + (frozen[there] as number);
      matrix[there] = coupling;
      matrix[back] = coupling;
      sum += coupling;
      if (j < i) (sums[j] as number) += coupling;
    }
    (sums[i] as number) += sum;
  }
  for (let i = 0; i < n; i += 1) matrix[i * n + i] = -(sums[i] as number);
}
