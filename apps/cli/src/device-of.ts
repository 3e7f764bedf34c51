import type { Device } from "@ohmwork/agent";
import type { Experiment } from "@ohmwork/recipes";

/** A device of a fleet that learns an experiment. */
export function deviceOf(fleet: string, id: string, experiment: Experiment): Device {
  const { system, systemName, rule, task, steps, reportEvery, seed, goodEnough } = experiment;
  return {
    fleet,
    id,
    system,
    systemName,
    ruleName: rule,
    task,
    steps,
    reportEvery,
    seed,
    ...(goodEnough === undefined ? {} : { goodEnough }),
  };
}
