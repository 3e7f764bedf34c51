import { createRandom } from "@ohmwork/core";
import {
  answers,
  type Phase,
  rightAnswers,
  train,
  type TrainingCounts,
  type TrainingProgress,
  type TrainingState,
  trainingRules,
} from "@ohmwork/learning";
import type { LabelledBatch } from "@ohmwork/tasks";
import { withSoundNoise } from "./sound-noise.ts";
import type { TrainingExperiment } from "./training-experiment.ts";

export type TrainingResult = {
  /** Share of right answers on the test rows, through the devices and through their twins; the first absent where there are none. */
  readonly deviceAccuracy?: number;
  readonly twinAccuracy: number;
  /** What the rule itself answers for: through the devices where it has anything to do with them. */
  readonly testAccuracy: number;
  /** The same on the validation rows, by which choices are made. */
  readonly validationAccuracy: number;
  /** `deviceAccuracy` in noise of so many decibels below the loudest frame, where the recipe trains in noise. */
  readonly accuracyInNoise?: Readonly<Record<string, number>>;
  /** Rows that were given no finite scores, in the training or in a test, where they are not right. */
  readonly lostRows: number;
  readonly state: TrainingState;
};

export type TrainingWatch = {
  readonly from?: TrainingState;
  readonly signal?: AbortSignal;
  /** Steps between two reports; each epoch ends with one besides. @default 50 */
  readonly reportEvery?: number;
  /** Awaited at every report, so that it can keep the state and give up the event loop. */
  readonly onProgress?: (progress: TrainingProgress) => Promise<void> | void;
  /** Told how far the tests behind the training are: rows gone through, of all. */
  readonly onTest?: (done: number, all: number) => void;
};

/** Trains an experiment from where it stands and measures what became of it. */
export async function runTraining(
  experiment: TrainingExperiment,
  { from, signal, reportEvery, onProgress, onTest }: TrainingWatch = {},
): Promise<TrainingResult> {
  const { parts, recipe, rule, seed, task } = experiment;
  const call = signal === undefined ? {} : { signal };
  const physical = parts.plan.layers.some(({ kind }) => kind === "physical");
  const validate = async ({ phase, epoch, parameters }: TrainingState): Promise<number> => {
    const { forward } = trainingRules[rule][phase] as Phase;
    const id = `${seed}/validation after ${phase}/${epoch}`;
    const scores = await answers(parts, parameters, task.validation.inputs, { through: forward, id, ...call });
    return rightAnswers(scores, task.validation.labels) / task.validation.labels.length;
  };
  const begin = { ...(from === undefined ? {} : { from }), ...(reportEvery === undefined ? {} : { reportEvery }) };
  const run = { seed, validate, ...call, ...begin };
  const training = train(parts, trainingRules[rule], recipe.options, run);
  let next = await training.next();
  while (next.done !== true) {
    await onProgress?.(next.value);
    next = await training.next();
  }
  const state = next.value;
  const noises = physical ? (recipe.soundNoise?.reported ?? []) : [];
  const [tests, validations] = [task.test.labels.length, task.validation.labels.length];
  const all = validations + tests * ((physical ? 2 : 1) + noises.length);
  let { lostRows } = state.counts;
  let tested = 0;
  const shareOf = async (rows: LabelledBatch, through: "device" | "twin", id: string): Promise<number> => {
    const { parameters, readout } = state;
    let lost = 0;
    const onRows = (done: number, counts: TrainingCounts): void => {
      lost = counts.lostRows;
      onTest?.(tested + done, all);
    };
    const scores = await answers(parts, parameters, rows.inputs, { through, readout, id: `${seed}/${id}`, onRows, ...call });
    lostRows += lost;
    tested += rows.labels.length;
    return rightAnswers(scores, rows.labels) / rows.labels.length;
  };
  const share = (part: "validation" | "test", through: "device" | "twin"): Promise<number> => shareOf(task[part], through, part);
  const twinAccuracy = await share("test", "twin");
  if (!physical) {
    const validationAccuracy = await share("validation", "twin");
    return { twinAccuracy, testAccuracy: twinAccuracy, validationAccuracy, lostRows, state };
  }
  const own = rule === "in-silico" ? "twin" : "device";
  const validationAccuracy = await share("validation", own);
  const deviceAccuracy = await share("test", "device");
  const testAccuracy = own === "twin" ? twinAccuracy : deviceAccuracy;
  const { soundNoise } = recipe;
  if (soundNoise === undefined) return { deviceAccuracy, twinAccuracy, testAccuracy, validationAccuracy, lostRows, state };
  const accuracyInNoise: Record<string, number> = {};
  for (const decibels of noises) {
    const random = createRandom(seed, `noise of ${decibels} dB`);
    const inputs = withSoundNoise(task.test.inputs, soundNoise.samples, decibels, random);
    accuracyInNoise[decibels] = await shareOf({ ...task.test, inputs }, "device", `noise of ${decibels} dB`);
  }
  return { deviceAccuracy, twinAccuracy, testAccuracy, validationAccuracy, accuracyInNoise, lostRows, state };
}
