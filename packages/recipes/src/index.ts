export { csvExperiment } from "./csv.ts";
export { evaluate } from "./evaluate.ts";
export type { Board, Experiment, ExperimentOptions } from "./experiment.ts";
export { potRules } from "./pot-rules.ts";
export { createExperiment, recipes } from "./recipes.ts";
export { type ExperimentProgress, type ExperimentResult, runExperiment } from "./run-experiment.ts";
