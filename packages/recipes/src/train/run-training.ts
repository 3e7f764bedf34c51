import { answers, rightAnswers, train, type TrainingProgress, type TrainingState, trainingRules } from "@ohmwork/learning";
import type { LabelledBatch } from "@ohmwork/tasks";
import type { TrainingExperiment } from "./training-experiment.ts";

export type TrainingResult = {
  /** Share of right answers on the test rows, through the devices and through their twins; absent for a rule without devices. */
  readonly deviceAccuracy?: number;
  readonly twinAccuracy: number;
  /** The same on the validation rows, by which choices are made. */
  readonly validationAccuracy: number;
  readonly steps: number;
  readonly state: TrainingState;
};

export type TrainingWatch = {
  readonly from?: TrainingState;
  readonly signal?: AbortSignal;
  /** Awaited at every report, so that it can keep the state and give up the event loop. */
  readonly onProgress?: (progress: TrainingProgress) => Promise<void> | void;
};

/** Trains an experiment from where it stands and measures what became of it. */
export async function runTraining(
  experiment: TrainingExperiment,
  { from, signal, onProgress }: TrainingWatch = {},
): Promise<TrainingResult> {
  const { parts, recipe, rule, seed, task } = experiment;
  const call = signal === undefined ? {} : { signal };
  const training = train(parts, trainingRules[rule], recipe.options, { seed, ...call, ...(from === undefined ? {} : { from }) });
  let steps = 0;
  let next = await training.next();
  while (next.done !== true) {
    steps = next.value.steps;
    await onProgress?.(next.value);
    next = await training.next();
  }
  const state = next.value;
  const share = async (rows: LabelledBatch, through: "device" | "twin"): Promise<number> => {
    const scores = await answers(parts, state.parameters, rows.inputs, { through, readout: state.readout, ...call });
    return rightAnswers(scores, rows.labels) / rows.labels.length;
  };
  const physical = parts.plan.layers.some(({ kind }) => kind === "physical");
  return {
    ...(physical ? { deviceAccuracy: await share(task.test, "device") } : {}),
    twinAccuracy: await share(task.test, "twin"),
    validationAccuracy: await share(task.validation, physical && rule !== "in-silico" ? "device" : "twin"),
    steps,
    state,
  };
}
