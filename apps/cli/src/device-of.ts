import type { LearningDevice, LearnResult } from "@ohmwork/agent";
import { evaluate, type Experiment, type ExperimentResult } from "@ohmwork/recipes";

/** A device of a fleet that learns an experiment. */
export function deviceOf(fleet: string, id: string, experiment: Experiment): LearningDevice {
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

/** What an experiment gave that a device of a fleet ran: its training rows are measured now, where it stands. */
export async function resultOfDevice(
  experiment: Experiment,
  learned: LearnResult,
  untrainedScore: number,
): Promise<ExperimentResult> {
  const { system, task } = experiment;
  const { score: trainScore } = await evaluate(system, task, task.train);
  const { steps, score: testScore, powerWatts = Number.NaN } = learned;
  return { steps, untrainedScore, trainScore, testScore, powerWatts };
}
