import { setImmediate as nextTurn } from "node:timers/promises";
import { BadInputError } from "@ohmwork/core";
import { type InPlaceResult, learnEarInPlace } from "@ohmwork/recipes";
import { runUntilSignal, systemClock } from "@ohmwork/runtime";
import { createOutput, VERSION } from "../../output.ts";
import { createProgressView } from "../../progress-view.ts";
import { expectUnused } from "../../strict-command.ts";
import type { TrainTask } from "../../train/read-task.ts";
import { earChoices, inPlaceChoices, type SoundGiven, soundChoices } from "../../train/sound-options.ts";
import { type TrainedResult, trainedLines } from "../../train/trained-result.ts";

/** The rule by which an ear's mixer learns where it stands. */
export const IN_PLACE = "coupled-learning";

/** Options that belong to trainings by way of a twin. */
const OF_TWINS = [
  "rows",
  "digital",
  "deck",
  "deck-seconds",
  "twin",
  "loss",
  "levels",
  "early-stop",
  "checkpoint",
  "resume",
] as const;

type Given = SoundGiven & { readonly [name in (typeof OF_TWINS)[number]]?: string | undefined } & {
  readonly data?: string | undefined;
  readonly system: string;
  readonly json?: boolean | undefined;
};
type Numbers = { readonly seed: number; readonly epochs: number | undefined; readonly gapScale: number };

/** `ohmwork train <task of sound> --rule coupled-learning`. */
export async function trainInPlace(name: string, task: TrainTask, given: Given, numbers: Numbers): Promise<void> {
  const output = createOutput(given.json === true);
  const { seed, epochs, gapScale } = numbers;
  for (const option of OF_TWINS) expectUnused(`--${option}`, given[option], "rules with a twin");
  for (const option of ["noise", "tolerance-aware"] as const)
    if (given[option] === true) throw new BadInputError(`Option --${option} is only of rules with a twin`);
  const choices = { ear: earChoices(given), ...inPlaceChoices(given) };
  const dataset = await task.read(given.data, seed, soundChoices(given));
  const view = createProgressView(process.stderr, `${dataset.name} · ${given.system} · ${IN_PLACE}`, systemClock, {
    title: "share of clips that something was learned from",
    name: "learned from",
    unit: "",
  });
  const started = systemClock.monotonic();
  const onProgress = async ({ step, steps, taught }: { step: number; steps: number; taught: number }): Promise<void> => {
    view.show({ step, steps, error: taught, scoreName: "clips in order", score: `${(100 * (1 - taught)).toFixed(1)} %` });
    await nextTurn(); // lets the screen be drawn and Ctrl-C be heard
  };
  const learning = {
    dataset,
    system: given.system,
    seed,
    gapScale,
    ...choices,
    onProgress,
    ...(epochs === undefined ? {} : { epochs }),
  };
  const result = await runUntilSignal((signal) => learnEarInPlace({ ...learning, signal })).finally(() => view.end());
  const seconds = systemClock.monotonic() - started;
  const learned = resultOf(result, { task: name, system: given.system, seed, gapScale, seconds });
  output.result(learned, trainedLines(learned));
}

type About = Pick<TrainedResult, "task" | "system" | "seed" | "gapScale" | "seconds">;

function resultOf(result: InPlaceResult, about: About): TrainedResult {
  const { steps, epochs, edges, testAccuracy, validationAccuracy, gap, baselines } = result;
  return {
    schema: "ohmwork.train/1",
    version: VERSION,
    ...about,
    rule: IN_PLACE,
    digital: null,
    epochs,
    steps,
    testAccuracy,
    validationAccuracy,
    twinAccuracy: null,
    deviceAccuracy: testAccuracy,
    accuracyGap: null,
    deviceEvaluations: steps,
    skippedSteps: 0,
    retriedCalls: 0,
    lostRows: 0,
    parameters: edges,
    twinFit: null,
    gap,
    baselines,
  };
}
