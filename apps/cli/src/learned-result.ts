import type { Experiment, ExperimentResult } from "@ohmwork/recipes";
import { nameValueLines, VERSION, withPrefix } from "./output.ts";

/** What `ohmwork learn --json` prints. Accuracies are 0 to 1, errors mean squares [V²]; `docs/results.md` has every key. */
export type LearnedResult = {
  schema: "ohmwork.learn/1";
  version: string;
  task: string;
  system: string;
  rule: string;
  seed: number;
  edges: number;
  steps: number;
  seconds: number;
  powerWatts: number;
  baselines: Readonly<Record<string, number>>;
  imperfections: Experiment["imperfections"];
} & (
  | { trainAccuracy: number; testAccuracy: number; untrainedAccuracy: number }
  | { mse: number; trainMse: number; untrainedMse: number }
);

/** @param seconds wall time of the run [s] */
export function learnedResult(experiment: Experiment, result: ExperimentResult, seconds: number): LearnedResult {
  const { recipe, task, systemName, rule, seed, edges, imperfections } = experiment;
  const { steps, powerWatts, trainScore, testScore, untrainedScore } = result;
  return {
    schema: "ohmwork.learn/1",
    version: VERSION,
    task: recipe === "csv" ? task.name : recipe,
    system: systemName,
    rule,
    seed,
    edges,
    ...(task.kind === "classification"
      ? { trainAccuracy: trainScore, testAccuracy: testScore, untrainedAccuracy: untrainedScore }
      : { mse: testScore, trainMse: trainScore, untrainedMse: untrainedScore }),
    steps,
    seconds,
    powerWatts,
    baselines: task.baselines(),
    imperfections,
  };
}

/** A score with its name, for a person. */
export function scoreText({ task }: Experiment, score: number): { scoreName: string; score: string } {
  return task.kind === "classification"
    ? { scoreName: "test accuracy", score: `${(100 * score).toFixed(1)} %` }
    : { scoreName: "test error", score: `${score.toExponential(2)} V²` };
}

export function learnedLines(experiment: Experiment, learned: LearnedResult): string[] {
  const text = (score: number): string => scoreText(experiment, score).score;
  const { scoreName } = scoreText(experiment, 0);
  const [test, train, untrained] =
    "mse" in learned
      ? [learned.mse, learned.trainMse, learned.untrainedMse]
      : [learned.testAccuracy, learned.trainAccuracy, learned.untrainedAccuracy];
  return [
    `${learned.task}: ${scoreName} ${text(test)} after ${learned.steps} presentations in ${learned.seconds.toFixed(2)} s`,
    ...nameValueLines([
      ["system", `${learned.system}, ${learned.edges} edges`],
      ["rule and seed", `${learned.rule}, ${learned.seed}`],
      ["training rows", text(train)],
      ["before learning", text(untrained)],
      ...Object.entries(learned.baselines).map(([name, score]): [string, string] => [BASELINE_NAMES[name] ?? name, text(score)]),
      ["power, one replica", withPrefix(learned.powerWatts, "W")],
      ["imperfections", imperfectionText(learned.imperfections)],
    ]),
  ];
}

const units: Readonly<Record<string, string>> = { Volts: "V", Seconds: "s", Farads: "F" };

/** What was declared, without what was not. */
function imperfectionText(imperfections: LearnedResult["imperfections"]): string {
  const declared = Object.entries(imperfections).flatMap(([name, value]) => {
    const plain = name.replace(/(Volts|Seconds|Farads)$/, "").replaceAll(/([A-Z])/g, (letter) => ` ${letter.toLowerCase()}`);
    if (typeof value !== "number") return value.length === 0 ? [] : [`${plain} ${value.join(" ")}`];
    if (value === 0) return [];
    const unit = units[/(Volts|Seconds|Farads)$/.exec(name)?.[1] ?? ""];
    return [`${plain} ${unit === undefined ? `${value * 100} %` : withPrefix(value, unit)}`];
  });
  return declared.length === 0 ? "none declared" : declared.join(", ");
}

const BASELINE_NAMES: Readonly<Record<string, string>> = {
  majorityClass: "most frequent class",
  nearestClassMean: "nearest class mean, raw inputs",
  logisticRegression: "logistic regression, raw inputs",
  nonNegativeLeastSquares: "non-negative least squares, this encoding",
  meanLabel: "mean of the labels",
  linearRegression: "linear regression",
};
