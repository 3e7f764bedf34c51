import { createRandom } from "@ohmwork/core";
import type { DeclaredGap } from "./declared-gap.ts";
import type { PortGap } from "./port-gap.ts";
import { nominalRlc, type RlcCircuit } from "./rlc-circuit.ts";

/** What a soldered R-L-C circuit does that the drawn one does not. */
export type RlcGap = {
  /** Relative error of R, L, C, g and vₜ: its sign is drawn, its size between 0.7 and 1.3 of this. */
  readonly partTolerance: number;
  /** Loss that stands in no schematic, in series with R, over √(L/C): between 0.5 and 1.5 of this. */
  readonly seriesLoss: number;
  /** κ of a second resonance on the node, at 1.7 ω₀ give or take 10 %, with R₂ = 0.3. */
  readonly tankCoupling: number;
  /** Relative amplitude of the slow change of the transistor: g is multiplied, vₜ divided. */
  readonly drift: number;
  readonly driftPeriodCalls: number;
  readonly ports: Partial<PortGap>;
};

/** Ten per cent parts, a parasitic tank, a warm transistor, and converters that are off: what R-L-C results are quoted with. */
export const realisticRlcGap: RlcGap = {
  partTolerance: 0.1,
  seriesLoss: 0.05,
  tankCoupling: 0.2,
  drift: 0.02,
  driftPeriodCalls: 3000,
  ports: { inputOffset: 0.03, inputNoise: 0.01, outputNoiseOfRow: 0.01 },
};

/** One soldered circuit: the drawn one with errors of `factor` times the gap. The draw is the same for every factor. */
export function drawRlcCircuit(gap: RlcGap, factor: number, seed: number): RlcCircuit {
  const random = createRandom(seed, "R-L-C parts");
  const between = (low: number, high: number): number => low + (high - low) * random.uniform();
  const part = (nominal: number): number => {
    const sign = random.below(2) === 0 ? 1 : -1;
    return nominal * (1 + sign * between(0.7, 1.3) * gap.partTolerance * factor);
  };
  const circuit = {
    resistance: part(nominalRlc.resistance) + between(0.5, 1.5) * gap.seriesLoss * factor,
    inverseInductance: part(nominalRlc.inverseInductance),
    inverseCapacitance: part(nominalRlc.inverseCapacitance),
    transconductance: part(nominalRlc.transconductance),
    threshold: part(nominalRlc.threshold),
  };
  for (const [name, value] of Object.entries(circuit)) {
    if (!(value > 0)) throw new RangeError(`Gap of factor ${factor} gives ${name} ${value}: expected more than 0`);
  }
  if (gap.tankCoupling * factor === 0) return circuit;
  const frequency = 1.7 * (1 + 0.1 * random.normal());
  return { ...circuit, tank: { coupling: gap.tankCoupling * factor, frequency, resistance: 0.3 } };
}

export function declareRlcGap(
  gap: RlcGap,
  factor: number,
  steps: { readonly device: number; readonly twin: number },
): DeclaredGap {
  const { partTolerance, seriesLoss, tankCoupling, drift, driftPeriodCalls } = gap;
  return [
    { name: "R, L, C, g and threshold", where: "structure", size: partTolerance * factor, unit: "", kind: "error" },
    { name: "series loss over √(L/C)", where: "structure", size: seriesLoss * factor, unit: "", kind: "structure" },
    { name: "coupling of a parasitic tank", where: "structure", size: tankCoupling * factor, unit: "", kind: "structure" },
    {
      name: `integration in ${steps.device} steps a slot, ${steps.twin} in the twin`,
      where: "structure",
      size: steps.device - steps.twin,
      unit: "steps",
      kind: "structure",
    },
    { name: `transistor over ${driftPeriodCalls} calls`, where: "structure", size: drift * factor, unit: "", kind: "drift" },
  ];
}
