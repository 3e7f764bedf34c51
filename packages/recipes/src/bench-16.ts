import { bench16Netlist } from "@ohmwork/bench-16";
import { type Circuit, type Network, parseNetwork } from "@ohmwork/circuit";
import { createSelfLearningNetwork, idealEdges } from "@ohmwork/systems";
import type { Task } from "@ohmwork/tasks";
import type { Experiment, ExperimentOptions } from "./experiment.ts";
import { benchImperfections, learningPot, SUPPLY_VOLTS } from "./pot-network.ts";
import { potRules } from "./pot-rules.ts";
import { ruleByName } from "./rule-by-name.ts";

/** The build's netlist with the 128-position AD5220 of the published network in place of its own 257 positions; the name says so. */
function simulatedBench(network: Network): Circuit {
  return { ...network.circuit, edges: network.circuit.edges.map((edge) => ({ ...edge, law: learningPot })) };
}

/** A task for the simulated bench: inputs are its four sources, its ground and its supply, in this order; one output. */
export function bench16Experiment(recipe: string, task: Task, defaultSteps: number, options: ExperimentOptions): Experiment {
  const { seed, steps = defaultSteps } = options;
  const network = parseNetwork(bench16Netlist, "bench-16/netlist.json");
  const circuit = simulatedBench(network);
  const { sources, grounds, rails, outputs } = network.roles;
  const indexOf = (node: string): number => circuit.nodes.indexOf(node);
  const imperfections = { ...idealEdges, ...benchImperfections, ...options.imperfections };
  const rule = ruleByName(potRules, options.rule ?? "tick-probability", recipe);
  const system = createSelfLearningNetwork({
    circuit,
    sources: [...sources, ...grounds, ...rails].map(indexOf),
    outputs: outputs.map((node) => ({ node: indexOf(node) })),
    sourceVolts: { min: 0, max: SUPPLY_VOLTS },
    rule,
    seed,
    imperfections,
  });
  return {
    recipe,
    task,
    systemName: "bench-16-ad5220",
    system,
    rule: rule.name,
    edges: circuit.edges.length,
    imperfections,
    steps,
    reportEvery: Math.ceil(steps / 50),
    seed,
  };
}
