import { bipartite, createCircuit } from "@ohmwork/circuit";
import { coupledLearning, tickProbabilityRule, towardsMargin } from "@ohmwork/learning";
import { classificationTask, type Dataset, defaultColumns } from "@ohmwork/tasks";
import type { Experiment, ExperimentOptions } from "./experiment.ts";
import { edgesOf, learningPot, simulatedPots, SUPPLY_VOLTS } from "./pot-network.ts";
import { reportEveryOf } from "./report-every.ts";
import { ruleByName } from "./rule-by-name.ts";

/** Two outputs are pushed apart by this much each [V]; measured in a prototype to survive 30 mV of fixed error. */
const PUSH_VOLTS = 0.3;
/** The right output must lead by this much before a row teaches nothing any more [V]. */
const MARGIN_VOLTS = 0.05;

/**
 * Any labelled table: one output per class, a potentiometer from every source to every output, and the right output pushed
 * above its strongest rival whenever it does not lead clearly. Sources are the features, their complements, ground and supply.
 */
export function csvExperiment(dataset: Dataset, options: ExperimentOptions): Experiment {
  const { seed, rule: ruleName = "tick-probability-margin" } = options;
  const columns = defaultColumns(dataset.featureNames.length);
  const task = classificationTask(dataset, { seed, supplyVolts: SUPPLY_VOLTS, columns, targets: "one-per-class" });
  const { edges } = bipartite(columns.length, dataset.classes.length);
  const nodes = uniqueNames([...task.inputNames, ...dataset.classes]);
  const circuit = createCircuit(nodes, edgesOf({ nodes, edges }, learningPot));
  const rule = ruleByName(
    {
      "tick-probability-margin": () =>
        coupledLearning({
          name: "tick-probability-margin",
          edge: tickProbabilityRule({ gain: 0.1 }),
          nudge: towardsMargin({ push: PUSH_VOLTS, margin: MARGIN_VOLTS }),
          contrast: "symmetric",
        }),
    },
    ruleName,
    dataset.name,
  )();
  const steps = options.steps ?? Math.max(6000, 40 * task.split.train.length);
  const { system, imperfections } = simulatedPots({
    circuit,
    sources: columns.map((_, i) => i),
    outputs: dataset.classes.map((_, i) => columns.length + i),
    rule,
    seed,
    imperfections: options.imperfections,
  });
  return {
    recipe: "csv",
    task,
    systemName: "pot-mixer",
    system,
    rule: rule.name,
    edges: circuit.edges.length,
    imperfections,
    steps,
    reportEvery: reportEveryOf(steps),
    seed,
  };
}

/** Names of columns and classes as node names: told apart by a number where two are alike. */
function uniqueNames(names: readonly string[]): string[] {
  const seen = new Set<string>();
  return names.map((name) => {
    let unique = name;
    for (let i = 2; seen.has(unique); i += 1) unique = `${name} (${i})`;
    seen.add(unique);
    return unique;
  });
}
