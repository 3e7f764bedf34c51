import { type Circuit, conductanceOf, parameterRange } from "@ohmwork/circuit";
import type { Random } from "@ohmwork/core";

/** What a real self-learning network does that an ideal one does not. Everything defaults to ideal; nothing is hidden. */
export type Imperfections = {
  /** Fixed input offset of each of an edge's two comparators, standard deviation over edges [V]. */
  readonly comparatorOffsetVolts: number;
  /** Noise of each comparator decision, standard deviation [V]. */
  readonly comparatorNoiseVolts: number;
  /** Relative standard deviation of the resistance of each single step of a potentiometer, equal in both replicas. */
  readonly tapTolerance: number;
  /** Relative standard deviation of a potentiometer's whole resistance, equal in both replicas. */
  readonly endToEndTolerance: number;
  /** The same, drawn for each replica apart: the two copies of an edge differ. */
  readonly replicaMismatch: number;
  /** Names of edges whose wiper no longer moves. */
  readonly stuckEdges: readonly string[];
  /** Names of edges that no longer conduct. */
  readonly cutEdges: readonly string[];
};

export const idealEdges: Imperfections = {
  comparatorOffsetVolts: 0,
  comparatorNoiseVolts: 0,
  tapTolerance: 0,
  endToEndTolerance: 0,
  replicaMismatch: 0,
  stuckEdges: [],
  cutEdges: [],
};

/** A step of a potentiometer may be far off, but never backwards: steps below this part of the nominal one do not occur. */
const SMALLEST_STEP = 0.05;

/** Resistance of a cut edge [Ω]: far beyond every part, so that it conducts nothing that a solver could see. */
export const CUT_OHMS = 1e15;

/**
 * Conductance of every position of every stepped edge of one replica [S], from its window's first position on; empty for an
 * edge without steps. `shared` must give the same numbers for both replicas, `own` different ones.
 */
export function drawConductanceTables(
  circuit: Circuit,
  imperfections: Imperfections,
  shared: Random,
  own: Random,
): Float64Array[] {
  const { tapTolerance, endToEndTolerance, replicaMismatch } = imperfections;
  const factor = (sd: number, random: Random): number => Math.max(SMALLEST_STEP, 1 + sd * random.normal());
  return circuit.edges.map(({ law }) => {
    const range = parameterRange(law);
    if (range?.levels === undefined) return new Float64Array(0);
    const whole = factor(endToEndTolerance, shared) * factor(replicaMismatch, own);
    const table = new Float64Array(range.levels);
    let nominal = 1 / conductanceOf(law, range.min);
    let resistance = nominal;
    table[0] = 1 / (whole * resistance);
    for (let i = 1; i < table.length; i += 1) {
      const next = 1 / conductanceOf(law, range.min + i);
      resistance += (next - nominal) * factor(tapTolerance, shared);
      nominal = next;
      table[i] = 1 / (whole * resistance);
    }
    return table;
  });
}
