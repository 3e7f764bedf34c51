import { type Circuit, createCircuit } from "@ohmwork/circuit";
import { createSelfLearningNetwork, idealEdges } from "@ohmwork/systems";
import type { Task } from "@ohmwork/tasks";
import type { Experiment, ExperimentOptions } from "./experiment.ts";
import { benchImperfections, edgesOf, learningPot, SUPPLY_VOLTS } from "./pot-network.ts";
import { potRules } from "./pot-rules.ts";
import { ruleByName } from "./rule-by-name.ts";
const nodes = ["x0","x1","x2","x3","ground","supply","out","h0","h1"];
const pairs: [number, number][] = [[0,6],[1,6],[2,6],[3,6],[4,6],[5,6],[7,6],[8,6],[0,7],[2,7],[4,7],[5,7],[1,8],[3,8],[4,8],[5,8]];
const circuit: Circuit = createCircuit(nodes, edgesOf({nodes, edges: pairs}, learningPot));
export function bench16Experiment(recipe: string, task: Task, defaultSteps: number, options: ExperimentOptions): Experiment {
  const { seed, steps = defaultSteps } = options;
  const imperfections = { ...idealEdges, ...benchImperfections, ...options.imperfections };
  const rule = ruleByName(potRules, options.rule ?? "tick-probability", recipe);
  const system = createSelfLearningNetwork({circuit, sources:[0,1,2,3,4,5], outputs:[{node:6}], sourceVolts:{min:0,max:SUPPLY_VOLTS}, rule, seed, imperfections});
  return { recipe, task, systemName: "bench-16", system, rule: rule.name, edges: circuit.edges.length, imperfections, steps, reportEvery: Math.ceil(steps / 50), seed };
}
