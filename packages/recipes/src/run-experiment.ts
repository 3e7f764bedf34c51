import { teach } from "@ohmwork/learning";
import { evaluate } from "./evaluate.ts";
import type { Experiment } from "./experiment.ts";

/** What a run gave. Scores are accuracies 0 to 1, or mean squared errors [V²], as the task's kind says. */
export type ExperimentResult = {
  readonly steps: number;
  readonly untrainedScore: number;
  readonly trainScore: number;
  readonly testScore: number;
  /** Mean power that one replica dissipates in the free state over the test rows [W]. */
  readonly powerWatts: number;
};

export type ExperimentProgress = {
  readonly step: number;
  readonly error: number;
  /** Score on the test rows now; never used to steer the learning. */
  readonly testScore: number;
  readonly powerWatts: number;
};

/**
 * Teaches an experiment's system its task from where it stands.
 *
 * @param options.onProgress awaited at every report, so that it can give up the event loop
 */
export async function runExperiment(
  experiment: Experiment,
  options: { signal?: AbortSignal; onProgress?: (progress: ExperimentProgress) => Promise<void> | void } = {},
): Promise<ExperimentResult> {
  const { task, system, steps, reportEvery, seed, goodEnough } = experiment;
  const { signal, onProgress } = options;
  const untrained = await evaluate(system, task, task.test, signal);
  let shown = 0;
  const lesson = { inputs: task.train.inputs, labels: task.train.labels };
  const teaching = teach(system, lesson, { steps, seed, reportEvery, ...(signal === undefined ? {} : { signal }) });
  for await (const { step, error } of teaching) {
    shown = step;
    if (onProgress !== undefined) {
      const { score, powerWatts } = await evaluate(system, task, task.test, signal);
      await onProgress({ step, error, testScore: score, powerWatts });
    }
    if (goodEnough !== undefined && (await evaluate(system, task, task.train, signal)).score < goodEnough) break;
  }
  const train = await evaluate(system, task, task.train, signal);
  const test = await evaluate(system, task, task.test, signal);
  return {
    steps: shown,
    untrainedScore: untrained.score,
    trainScore: train.score,
    testScore: test.score,
    powerWatts: test.powerWatts,
  };
}
