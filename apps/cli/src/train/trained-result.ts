import type { TrainingExperiment, TrainingResult } from "@ohmwork/recipes";
import { type DeclaredGap, describeGap, gapOf } from "@ohmwork/systems";
import { nameValueLines, VERSION } from "../output.ts";

/** What `ohmwork train --json` prints. Accuracies are shares of right answers on the test rows, 0 to 1; `docs/results.md` has every key. */
export type TrainedResult = {
  schema: "ohmwork.train/1";
  version: string;
  task: string;
  system: string;
  rule: string;
  digital: string | null;
  seed: number;
  epochs: number;
  steps: number;
  seconds: number;
  testAccuracy: number;
  validationAccuracy: number;
  twinAccuracy: number | null;
  deviceAccuracy: number | null;
  accuracyGap: number | null;
  accuracyInNoise?: Readonly<Record<string, number>>;
  deviceEvaluations: number;
  skippedSteps: number;
  retriedCalls: number;
  lostRows: number;
  parameters: number;
  twinFit: { error: number; measured: number } | null;
  gapScale: number;
  gap: Readonly<Record<string, DeclaredGap>>;
  baselines: Readonly<Record<string, number>>;
};

export type TrainedWith = {
  readonly taskName: string;
  readonly gapScale: number;
  readonly seconds: number;
  readonly baselines: Readonly<Record<string, number>>;
};

export function trainedResult(experiment: TrainingExperiment, result: TrainingResult, about: TrainedWith): TrainedResult {
  const { systemName, rule, seed, recipe, steps, parameters } = experiment;
  const { testAccuracy, validationAccuracy, twinAccuracy, deviceAccuracy, lostRows, state } = result;
  const { deviceEvaluations, skippedSteps, retriedCalls, sparedSteps } = state.counts;
  const physical = deviceAccuracy !== undefined;
  return {
    schema: "ohmwork.train/1",
    version: VERSION,
    task: about.taskName,
    system: systemName,
    rule,
    digital: experiment.digital ?? null,
    seed,
    epochs: recipe.options.epochs,
    steps: steps - sparedSteps,
    seconds: about.seconds,
    testAccuracy,
    validationAccuracy,
    twinAccuracy: physical ? twinAccuracy : null,
    deviceAccuracy: deviceAccuracy ?? null,
    ...(result.accuracyInNoise === undefined ? {} : { accuracyInNoise: result.accuracyInNoise }),
    accuracyGap: physical ? twinAccuracy - deviceAccuracy : null,
    deviceEvaluations,
    skippedSteps,
    retriedCalls,
    lostRows,
    parameters,
    twinFit: recipe.fit ?? null,
    gapScale: about.gapScale,
    gap: Object.fromEntries(Object.entries(recipe.devices).map(([name, device]) => [name, gapOf(device)])),
    baselines: about.baselines,
  };
}

const percent = (share: number): string => `${(100 * share).toFixed(2)} %`;

export function trainedLines(trained: TrainedResult): string[] {
  const { deviceAccuracy, twinAccuracy, baselines, gap } = trained;
  const gaps = new Set(Object.values(gap).flatMap(describeGap));
  return [
    `${trained.task}: test accuracy ${percent(trained.testAccuracy)} after ${trained.steps} steps in ${trained.seconds.toFixed(1)} s`,
    ...nameValueLines([
      ["system", `${trained.system}, ${trained.parameters} parameters`],
      ["rule and seed", `${trained.rule}${trained.digital === null ? "" : ` (${trained.digital})`}, ${trained.seed}`],
      ...(deviceAccuracy === null || twinAccuracy === null
        ? []
        : ([
            ["through the device", percent(deviceAccuracy)],
            ["through its twin", percent(twinAccuracy)],
          ] as [string, string][])),
      ...Object.entries(trained.accuracyInNoise ?? {})
        .toSorted(([a], [b]) => Number(b) - Number(a))
        .map(([decibels, share]): [string, string] => [`in noise, ${decibels} dB`, percent(share)]),
      ["validation rows", percent(trained.validationAccuracy)],
      ...Object.entries(baselines).map(([name, share]): [string, string] => [BASELINE_NAMES[name] ?? name, percent(share)]),
      ...(trained.twinFit === null
        ? []
        : [["twin", `fitted to ${trained.twinFit.measured} rows, error ${percent(trained.twinFit.error)}`] as [string, string]]),
      ["device evaluations", String(trained.deviceEvaluations)],
      ...(trained.skippedSteps === 0 ? [] : [["steps left out", String(trained.skippedSteps)] as [string, string]]),
      ...(trained.retriedCalls === 0 ? [] : [["calls made again", String(trained.retriedCalls)] as [string, string]]),
      ...(trained.lostRows === 0 ? [] : [["rows without scores", String(trained.lostRows)] as [string, string]]),
      ...Array.from(gaps, (line): [string, string] => ["gap", line]),
    ]),
  ];
}

const BASELINE_NAMES: Readonly<Record<string, string>> = {
  majorityClass: "most frequent class",
  linearClassifier: "linear classifier, raw inputs",
  untrainedFilters: "logistic regression, untrained filters",
  refittedReadout: "the same, measured on the board",
};
