import { bench16Netlist } from "@ohmwork/bench-16";
import { type Circuit, type Network, parseNetwork } from "@ohmwork/circuit";
import type { Task } from "@ohmwork/tasks";
import type { Experiment, ExperimentOptions } from "./experiment.ts";
import { learningPot, simulatedPots } from "./pot-network.ts";
import { potRules, tickRules } from "./pot-rules.ts";
import { reportEveryOf } from "./report-every.ts";
import { ruleByName } from "./rule-by-name.ts";

/** The build's netlist with the 128-position AD5220 of the published network in place of its own 257 positions; the name says so. */
function simulatedBench(network: Network): Circuit {
  return { ...network.circuit, edges: network.circuit.edges.map((edge) => ({ ...edge, law: learningPot })) };
}

/** A task for bench-16: inputs are its four sources, its ground and its supply, in this order; one output. */
export function bench16Experiment(recipe: string, task: Task, defaultSteps: number, options: ExperimentOptions): Experiment {
  const { seed, board, steps = defaultSteps, rule: ruleName = "tick-probability" } = options;
  const network = parseNetwork(bench16Netlist, "bench-16/netlist.json");
  const common = {
    recipe,
    task,
    rule: ruleName,
    edges: network.circuit.edges.length,
    steps,
    reportEvery: reportEveryOf(steps),
    seed,
  };
  if (board !== undefined) {
    const rule = ruleByName(tickRules, ruleName, `${recipe} on a board`);
    const { systemName, imperfections, createSystem } = board;
    // Each report measures every test row, which takes a board time.
    const reportEvery = reportEveryOf(steps, 20);
    return { ...common, systemName, imperfections, reportEvery, system: createSystem({ network, rule, seed }) };
  }
  const { sources, grounds, rails, outputs } = network.roles;
  const indexOf = (node: string): number => network.circuit.nodes.indexOf(node);
  const { system, imperfections } = simulatedPots({
    circuit: simulatedBench(network),
    sources: [...sources, ...grounds, ...rails].map(indexOf),
    outputs: outputs.map(indexOf),
    rule: ruleByName(potRules, ruleName, recipe)(),
    seed,
    imperfections: options.imperfections,
  });
  return { ...common, systemName: "bench-16-ad5220", system, imperfections };
}
