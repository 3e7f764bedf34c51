import { setImmediate as nextTurn } from "node:timers/promises";
import { basename } from "node:path";
import { BadInputError } from "@ohmwork/core";
import {
  createExperiment,
  csvExperiment,
  type Experiment,
  type ExperimentOptions,
  recipes,
  runExperiment,
} from "@ohmwork/recipes";
import { runUntilSignal, systemClock } from "@ohmwork/runtime";
import { parseCsv } from "@ohmwork/tasks";
import type { CommandDef } from "citty";
import { dataFile } from "../data-file.ts";
import { imperfectionArgs, imperfectionsFrom } from "../imperfection-options.ts";
import { learnedLines, learnedResult, scoreText } from "../learned-result.ts";
import { createOutput } from "../output.ts";
import { onBoardLine, openBoardOrSimulation } from "../open-board.ts";
import { createProgressView } from "../progress-view.ts";
import { readUserFile } from "../read-user-file.ts";
import { strictCommand, wholeNumber } from "../strict-command.ts";

const args = {
  task: { type: "positional", required: false, description: `What to learn: ${Object.keys(recipes).join(", ")}; or use --data` },
  data: {
    type: "string",
    valueHint: "file.csv",
    description: "Learn to tell apart the classes of your own table; the last column is the label",
  },
  seed: { type: "string", default: "1", valueHint: "N", description: "Draws split, start, imperfections and every chance" },
  steps: { type: "string", valueHint: "N", description: "Presentations of one row each" },
  rule: { type: "string", valueHint: "name", description: "Learning rule, out of those the task knows" },
  board: {
    type: "string",
    default: "simulated",
    valueHint: "name",
    description: "What runs the circuit: simulated, virtual (an emulated board), or a serial port",
  },
  json: { type: "boolean", description: "Print one line of JSON" },
  ...imperfectionArgs,
} as const;

export const learn: CommandDef = strictCommand({
  name: "learn",
  description: "Let a circuit learn a task by itself, and say how well it did",
  args,
  run: async (options) => {
    const output = createOutput(options.json === true);
    const steps = wholeNumber(options.steps, "--steps", { min: 1 });
    const imperfections = imperfectionsFrom(options);
    const seed = wholeNumber(options.seed, "--seed", { min: 0, max: 0xffff_ffff }) as number;
    if (options.board !== "simulated") refuseOnBoard(options, imperfections);
    await using opened = await openBoardOrSimulation(options.board, seed);
    const chosen = {
      seed,
      imperfections,
      ...(opened === undefined ? {} : { board: opened.board }),
      ...(steps === undefined ? {} : { steps }),
      ...(options.rule === undefined ? {} : { rule: options.rule }),
    };
    const experiment = await experimentFrom(options.task, options.data, chosen, (line) => output.note(line));
    await using _ = experiment.system;
    const view = createProgressView(
      process.stderr,
      `${experiment.task.name} · ${experiment.edges} edges · ${experiment.rule}`,
      systemClock,
    );
    const started = systemClock.monotonic();
    const boardTime = opened?.startTiming();
    const result = await runUntilSignal((signal) =>
      runExperiment(experiment, {
        signal,
        onProgress: async ({ step, error, testScore }) => {
          view.show({ step, steps: experiment.steps, error, ...scoreText(experiment, testScore) });
          await nextTurn(); // lets the screen be drawn and Ctrl-C be heard
        },
      }),
    ).finally(() => view.end());
    const learned = learnedResult(experiment, result, systemClock.monotonic() - started);
    const onBoard = boardTime?.(result.steps);
    output.result({ ...learned, ...onBoard }, [
      ...learnedLines(experiment, learned),
      ...(onBoard === undefined ? [] : [onBoardLine(onBoard)]),
    ]);
  },
});

async function experimentFrom(
  task: string | undefined,
  data: string | undefined,
  options: ExperimentOptions,
  note: (line: string) => void,
): Promise<Experiment> {
  if (data === undefined) {
    if (task !== undefined) return createExperiment(task, options);
    throw new BadInputError(`Nothing to learn: name a task (${Object.keys(recipes).join(", ")}) or give --data file.csv`);
  }
  if (task !== undefined) throw new BadInputError(`Both the task "${task}" and --data ${data} are given, expected one of them`);
  const dataset = parseCsv(await readUserFile(dataFile(data)), { file: basename(data) });
  const { featureNames, classes, labels } = dataset;
  note(
    `${data}: ${labels.length} rows, ${featureNames.length} columns (${someOf(featureNames)}), ${classes.length} classes (${someOf(classes)})`,
  );
  return csvExperiment(dataset, options);
}

/** The first of many names. */
function someOf(names: readonly string[]): string {
  return names.length <= 8 ? names.join(", ") : `${names.slice(0, 8).join(", ")}, …`;
}

/** @throws BadInputError for what only the simulation can do, before a board is opened */
function refuseOnBoard(
  given: { board: string; data?: string | undefined; task?: string | undefined },
  imperfections: object,
): void {
  const option = Object.keys(imperfectionArgs).find((name) => name in given && Object.keys(imperfections).length > 0);
  if (option !== undefined)
    throw new BadInputError(`Option --${option} is of the simulation: board ${given.board} has its own imperfections`);
  if (given.data !== undefined)
    throw new BadInputError(`Tables run simulated only, expected the task iris on board ${given.board}`);
}
