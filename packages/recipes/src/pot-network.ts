import { ad5220, type Circuit, type EdgeLaw, type Topology } from "@ohmwork/circuit";
import type { LearningRule, SelfLearningSystem } from "@ohmwork/core";
import { createSelfLearningNetwork, idealEdges, type Imperfections } from "@ohmwork/systems";

/** Supply of the networks of digital potentiometers [V]: what an AD5220 and an Arduino both take. */
export const SUPPLY_VOLTS = 5;

/**
 * A 128-position, 100 kΩ potentiometer as a learning edge. Position 0 stays out of its window: it would join two nodes by the
 * 40 Ω of the wiper alone, and two sources so joined burn 0.6 W.
 */
export const learningPot: EdgeLaw = { ...ad5220(100_000), lowestPosition: 1 };

/** What every simulated network of potentiometers has, unless a run declares otherwise: comparators of an ordinary kind. */
const benchImperfections: Partial<Imperfections> = { comparatorOffsetVolts: 1e-3, comparatorNoiseVolts: 5e-3 };

/** Edges named by the nodes they join, each of the given law. */
export function edgesOf({ nodes, edges }: Topology, law: EdgeLaw): { name: string; from: number; to: number; law: EdgeLaw }[] {
  return edges.map(([from, to]) => ({ name: `${nodes[from]}-${nodes[to]}`, from, to, law }));
}

/** A simulated network of potentiometers that learns, as imperfect as a bench unless a run declares otherwise. */
export function simulatedPots(parts: {
  readonly circuit: Circuit;
  /** Nodes that are driven, and nodes that are read. */
  readonly sources: readonly number[];
  readonly outputs: readonly number[];
  readonly rule: LearningRule;
  readonly seed: number;
  readonly imperfections: Partial<Imperfections> | undefined;
}): { system: SelfLearningSystem; imperfections: Imperfections } {
  const { circuit, sources, outputs, rule, seed } = parts;
  const imperfections = { ...idealEdges, ...benchImperfections, ...parts.imperfections };
  const system = createSelfLearningNetwork({
    circuit,
    sources,
    outputs: outputs.map((node) => ({ node })),
    sourceVolts: { min: 0, max: SUPPLY_VOLTS },
    rule,
    seed,
    imperfections,
  });
  return { system, imperfections };
}
