import { twoSourceRegressionTask } from "@ohmwork/tasks";
import { bench16Experiment } from "./bench-16.ts";
import type { Experiment, ExperimentOptions } from "./experiment.ts";
import { SUPPLY_VOLTS } from "./pot-network.ts";
import { wireInputs } from "./wire-inputs.ts";

/** Columns of the task (x₁, x₂, 0 V) that drive the six sources of bench-16: x₁ and x₂ twice each, and its supply wire moved to ground. */
const WIRING = [0, 1, 0, 1, 2, 2] as const;

/** y = 0.2 x₁ + 0.3 x₂ on 16 potentiometers, from 20 points. */
export function regressionExperiment(options: ExperimentOptions): Experiment {
  const task = twoSourceRegressionTask({ seed: options.seed, supplyVolts: SUPPLY_VOLTS });
  return bench16Experiment("regression", wireInputs(task, WIRING), 6000, options);
}
