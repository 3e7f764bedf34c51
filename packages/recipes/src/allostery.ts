import { createCircuit, periodicLattice } from "@ohmwork/circuit";
import { allosteryTask } from "@ohmwork/tasks";
import type { Experiment, ExperimentOptions } from "./experiment.ts";
import { edgesOf, learningPot, simulatedPots, SUPPLY_VOLTS } from "./pot-network.ts";
import { potRules } from "./pot-rules.ts";
import { reportEveryOf } from "./report-every.ts";
import { ruleByName } from "./rule-by-name.ts";

/** Far from each other on the 4×4 torus, so that a target's voltage comes from many edges. */
const SOURCES = [0, 10] as const;
const TARGETS = [2, 8] as const;

/** Two source nodes call up wanted voltages at two others of a 4×4 lattice. */
export function allosteryExperiment(options: ExperimentOptions): Experiment {
  const { seed, rule: ruleName = "tick-probability", steps = 6000 } = options;
  const task = allosteryTask({ seed, supplyVolts: SUPPLY_VOLTS, sources: SOURCES.length, targets: TARGETS.length });
  const lattice = periodicLattice(4, 4);
  const circuit = createCircuit(lattice.nodes, edgesOf(lattice, learningPot));
  const rule = ruleByName(potRules, ruleName, "allostery")();
  const { system, imperfections } = simulatedPots({
    circuit,
    sources: SOURCES,
    outputs: TARGETS,
    rule,
    seed,
    imperfections: options.imperfections,
  });
  return {
    recipe: "allostery",
    task,
    systemName: "pot-lattice-4x4",
    system,
    rule: rule.name,
    edges: circuit.edges.length,
    imperfections,
    steps,
    reportEvery: reportEveryOf(steps),
    seed,
  };
}
