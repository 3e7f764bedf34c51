import { type Circuit, createCircuit, type EdgeLaw, periodicLattice, transistorEdge } from "@ohmwork/circuit";
import { continuousRule, coupledLearning, towardsLabel } from "@ohmwork/learning";
import { createSelfLearningNetwork, idealEdges } from "@ohmwork/systems";
import { xorTask } from "@ohmwork/tasks";
import type { Experiment, ExperimentOptions } from "./experiment.ts";
import { edgesOf } from "./pot-network.ts";
import { ruleByName } from "./rule-by-name.ts";

const ETA = 0.5;
/** Inputs, then the two rails, then the pair that is read: nodes of the 4×4 torus. */
const SOURCES = [0, 2, 8, 10] as const;
const OUTPUT = { node: 5, minus: 7 } as const;
/** Error at which the outputs have five right digits [V²]. */
const SOLVED = 1e-8;

/**
 * The two networks on the same lattice. Rates were measured over seeds 1–20: of the transistors' 3.75 to 7.5 V per V² solve 19
 * or 20, 30 solve one; gates start at 2.0 ± 0.15 V, well above the signals.
 */
const NETWORKS = {
  transistors: {
    law: transistorEdge(),
    rule: { rate: 5, width: ETA, largestChange: 0.05 },
    start: { mean: 2, sd: 0.15 },
  },
  conductors: {
    law: { law: "conductor", minSiemens: 1e-6, maxSiemens: 1e-2 } satisfies EdgeLaw,
    rule: { rate: 1e-3, width: ETA, largestChange: 1e-4 },
    start: { mean: 1e-3, sd: 1e-4 },
  },
} as const;

/** Exclusive or, which only a nonlinear network can learn. */
export function xorExperiment(options: ExperimentOptions): Experiment {
  return latticeExperiment("xor", "transistors", options);
}

/** The same lattice of linear conductors, to see it stay at the floor of (58.5 mV / 2)². */
export function linearXorExperiment(options: ExperimentOptions): Experiment {
  return latticeExperiment("xor-linear", "conductors", options);
}

function latticeExperiment(recipe: string, kind: keyof typeof NETWORKS, options: ExperimentOptions): Experiment {
  const { seed, rule: ruleName = "continuous", steps = 64_000 } = options;
  const { law, rule: ruleOptions, start } = NETWORKS[kind];
  const rule = ruleByName(
    {
      continuous: () =>
        coupledLearning({ name: "continuous", edge: continuousRule(ruleOptions), nudge: towardsLabel({ eta: ETA }) }),
    },
    ruleName,
    recipe,
  )();
  const lattice = periodicLattice(4, 4);
  const circuit: Circuit = createCircuit(lattice.nodes, edgesOf(lattice, law));
  const imperfections = { ...idealEdges, ...options.imperfections };
  const task = xorTask();
  const system = createSelfLearningNetwork({
    circuit,
    sources: SOURCES,
    outputs: [OUTPUT],
    sourceVolts: { min: 0, max: task.supplyVolts },
    rule,
    seed,
    start: (random) => start.mean + start.sd * random.normal(),
    imperfections,
  });
  return {
    recipe,
    task,
    systemName: `${kind}-lattice-4x4`,
    system,
    rule: rule.name,
    edges: circuit.edges.length,
    imperfections,
    steps,
    reportEvery: 400,
    seed,
    goodEnough: SOLVED,
  };
}
