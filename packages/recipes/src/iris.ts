import { type Column, classificationTask, iris } from "@ohmwork/tasks";
import { bench16Experiment } from "./bench-16.ts";
import type { Experiment, ExperimentOptions } from "./experiment.ts";
import { SUPPLY_VOLTS } from "./pot-network.ts";

/**
 * Petals grow from setosa to virginica and sepals help the other way round, so the sepals come in as complements: a network
 * of resistors has no negative weights. Order of the four sources of bench-16, then its ground and supply.
 */
const COLUMNS: readonly Column[] = [
  { feature: 2 },
  { feature: 3 },
  { feature: 0, complement: true },
  { feature: 1, complement: true },
  { rail: 0 },
  { rail: 1 },
];

/** Three kinds of iris on 16 potentiometers: one output, its level tells the kind. */
export function irisExperiment(options: ExperimentOptions): Experiment {
  const task = classificationTask(iris(), { seed: options.seed, supplyVolts: SUPPLY_VOLTS, columns: COLUMNS, targets: "graded" });
  return bench16Experiment("iris", task, 6000, options);
}
