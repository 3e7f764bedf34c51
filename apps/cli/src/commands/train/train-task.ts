import { setImmediate as nextTurn } from "node:timers/promises";
import { throwIfAborted } from "@ohmwork/core";
import { type TrainingProgress, trainingRules } from "@ohmwork/learning";
import {
  createTrainingExperiment,
  physicsFreeBaselines,
  runTraining,
  type TrainingChoices,
  type TrainingExperiment,
  type TrainingExperimentOptions,
  trainingLevels,
  trainingLosses,
  type TrainingResult,
  trainSystems,
} from "@ohmwork/recipes";
import { openOnnxRuntime, runUntilSignal, systemClock } from "@ohmwork/runtime";
import type { CommandDef } from "citty";
import { createOutput } from "../../output.ts";
import { createProgressView, lossOfBatches } from "../../progress-view.ts";
import { createStageView } from "../../stage-view.ts";
import { readUserBytes } from "../../read-user-file.ts";
import { decimalNumber, expectUnused, strictCommand, wholeNumber } from "../../strict-command.ts";
import { decodeCheckpoint, type TrainingName } from "../../train/checkpoint.ts";
import { expectCheckpoint, howToGoOn, keepCheckpoint } from "../../train/keep-checkpoint.ts";
import { deckArgs, openDeck } from "../../train/open-deck.ts";
import type { TrainTask } from "../../train/read-task.ts";
import { earChoices, expectEar, soundArgs, soundChoices } from "../../train/sound-options.ts";
import { trainedLines, trainedResult } from "../../train/trained-result.ts";
import { expectWritable } from "../../write-user-file.ts";
import { IN_PLACE, trainInPlace } from "./train-in-place.ts";
import { withFile } from "../../with-file.ts";

/** `ohmwork train <name>`. */
export function trainTask(name: string, task: TrainTask): CommandDef {
  const rules = [...Object.keys(trainingRules), ...(task.sound === true ? [IN_PLACE] : [])];
  const args = {
    data: { type: "string", valueHint: "path", description: task.data },
    system: { type: "string", default: task.system, valueHint: "name", description: Object.keys(trainSystems).join(", ") },
    rule: { type: "string", default: "pat", valueHint: "name", description: rules.join(", ") },
    seed: { type: "string", default: "1", valueHint: "N", description: "Draws device, start, batches and what is held back" },
    epochs: { type: "string", valueHint: "N", description: "Times through the training rows, in place of the recipe's" },
    gap: { type: "string", default: "1", valueHint: "factor", description: "Size of the gap between device and twin; 0 is none" },
    rows: { type: "string", valueHint: "N", description: "Learn from the first N rows only, to try something" },
    digital: { type: "string", valueHint: "name", description: "Which of its digital parts the rule digital trains" },
    ...deckArgs,
    twin: {
      type: "string",
      valueHint: "my.onnx",
      description: "Your own model in the place of the twin, or as-made: the device itself",
    },
    loss: { type: "string", valueHint: "name", description: `${Object.keys(trainingLosses).join(", ")}; the first unless told` },
    levels: {
      type: "string",
      valueHint: "name",
      description: `How parameters are held to positions: ${trainingLevels.join(", ")}; the first unless told`,
    },
    "early-stop": {
      type: "string",
      valueHint: "N",
      description: "End a phase after N epochs without a better score on the validation rows",
    },
    checkpoint: { type: "string", valueHint: "file", description: "Keep the state of the training here" },
    resume: { type: "string", valueHint: "file", description: "Go on from the state in this file, and keep it there" },
    json: { type: "boolean", description: "Print one line of JSON" },
    ...(task.sound === true ? soundArgs : ({} as typeof soundArgs)),
  } as const;
  return strictCommand({
    name: `train ${name}`,
    description: task.summary,
    args,
    run: async (options) => {
      const output = createOutput(options.json === true);
      const seed = wholeNumber(options.seed, "--seed", { min: 0, max: 0xffff_ffff }) as number;
      const epochs = wholeNumber(options.epochs, "--epochs", { min: 1, max: 10_000 });
      const rows = wholeNumber(options.rows, "--rows", { min: 1 });
      const gapScale = decimalNumber(options.gap, "--gap", { min: 0, max: 100 }) as number;
      const patience = wholeNumber(options["early-stop"], "--early-stop", { min: 1, max: 10_000 });
      const { system, rule, resume, loss, levels } = options;
      if (task.sound === true) expectEar(name, system);
      if (task.sound === true && rule === IN_PLACE) return trainInPlace(name, task, options, { seed, epochs, gapScale });
      expectUnused("--nudge", options.nudge, `the rule ${IN_PLACE}`);
      expectUnused("--offset", options.offset, `the rule ${IN_PLACE}`);
      const [sound, ear] = [soundChoices(options), earChoices(options)];
      if (rule !== "digital") expectUnused("--digital", options.digital, "the rule digital");
      if (rule === "digital") {
        expectUnused("--twin", options.twin, "rules with physics");
        expectUnused("--levels", levels, "rules with physics");
      }
      const file = options.checkpoint ?? resume;
      if (file !== undefined) await (file === resume ? expectWritable(file) : expectCheckpoint(file));
      const spice = await openDeck(system, options);
      const twin = options.twin === undefined ? undefined : await twinFrom(options.twin);
      const saved = resume === undefined ? undefined : await readUserBytes(resume);
      const stages = createStageView(process.stderr, `${name} · ${system} · ${rule}`, systemClock);
      const choices = {
        ...(epochs === undefined ? {} : { epochs }),
        ...(loss === undefined ? {} : { loss }),
        ...(levels === undefined ? {} : { levels }),
        ...(patience === undefined ? {} : { patience }),
      };
      const prepare = async (signal: AbortSignal): Promise<TrainingExperiment> => {
        stages.show("reads the data");
        await nextTurn(); // lets the screen be drawn
        const dataset = await task.read(options.data, seed, sound);
        throwIfAborted(signal, "Training");
        return createTrainingExperiment({
          dataset,
          system,
          rule,
          seed,
          gapScale,
          runtime: await openOnnxRuntime({ threads: 1 }),
          choices,
          ear,
          signal,
          onFit: ({ stage, done, all }) => stages.show(`${stage} for its twin`, { done, all }),
          ...(rows === undefined ? {} : { rows }),
          ...(options.digital === undefined ? {} : { digital: options.digital }),
          ...(spice === undefined ? {} : { spice }),
          ...(twin === undefined ? {} : { twin }),
        });
      };
      const trainIn = async (experiment: TrainingExperiment, signal: AbortSignal): Promise<TrainingResult> => {
        const training = nameOf(name, experiment, { gapScale, choices, ear });
        const from =
          saved === undefined
            ? undefined
            : withFile(resume as string, () => decodeCheckpoint(saved, training, begunBy(experiment.rule)));
        const keeper = keepCheckpoint(file, training, systemClock);
        const view = createProgressView(
          process.stderr,
          `${experiment.task.name} · ${system} · ${rule}`,
          systemClock,
          lossOfBatches,
        );
        const onProgress = async ({ steps, loss: error, accuracy, state }: TrainingProgress): Promise<void> => {
          const score = `${(100 * accuracy).toFixed(1)} %`;
          view.show({ step: steps, steps: experiment.steps, error, scoreName: "training accuracy", score });
          await keeper.offer(state);
          await nextTurn(); // lets the screen be drawn and Ctrl-C be heard
        };
        const onTest = (done: number, all: number): void => {
          view.end();
          stages.show("tests", { done, all });
        };
        const watch = { onProgress, onTest, ...(from === undefined ? {} : { from }) };
        let result: TrainingResult | undefined;
        try {
          result = await runTraining(experiment, { ...watch, signal });
        } finally {
          stages.clear();
          view.end();
          if (await keeper.keep())
            output.note(`State of the training: ${file}${result === undefined ? `; ${howToGoOn(file as string)}` : ""}`);
        }
        return result;
      };
      let started = 0;
      const { experiment, result } = await runUntilSignal(async (signal) => {
        const made = await prepare(signal).finally(stages.clear);
        await nextTurn(); // lets Ctrl-C be heard
        throwIfAborted(signal, "Training");
        started = systemClock.monotonic();
        return { experiment: made, result: await trainIn(made, signal) };
      });
      const seconds = systemClock.monotonic() - started;
      stages.show("is compared with baselines");
      const { parts, recipe } = experiment;
      const baselines = await (
        recipe.baselines?.(experiment.task) ?? physicsFreeBaselines(experiment.task, { runtime: parts.runtime, seed })
      ).finally(stages.clear);
      const trained = trainedResult(experiment, result, { taskName: name, gapScale, seconds, baselines });
      output.result(trained, trainedLines(trained));
    },
  });
}

async function twinFrom(file: string): Promise<NonNullable<TrainingExperimentOptions["twin"]>> {
  return file === "as-made" ? file : { model: await readUserBytes(file), file };
}

/** The rule whose training is the first phase of this one. */
function begunBy(rule: TrainingExperiment["rule"]): string | undefined {
  return rule !== "digital" && trainingRules[rule][0] === trainingRules["in-silico"][0] ? "in-silico" : undefined;
}

/** All that a state of a training depends on. */
function nameOf(
  task: string,
  experiment: TrainingExperiment,
  { gapScale: gap, choices, ear }: { gapScale: number; choices: TrainingChoices; ear: object },
): TrainingName {
  const { systemName: system, rule, seed, recipe, parameters } = experiment;
  const { epochs, batch, rate } = recipe.options;
  const twins = Object.values(recipe.twins).map(({ sha256 }) => sha256);
  const { name, train, inputs } = experiment.task;
  const data = `${name}, ${train.labels.length} rows of ${inputs}`;
  const { loss, levels, patience } = choices;
  return {
    task,
    system,
    rule,
    seed,
    gap,
    epochs,
    batch,
    rate,
    data,
    parameters,
    twin: twins.join(" "),
    // What is usual is not named.
    ...(loss === undefined || loss === Object.keys(trainingLosses)[0] ? {} : { loss }),
    ...(levels === undefined || levels === trainingLevels[0] ? {} : { levels }),
    ...(Object.keys(ear).length === 0 ? {} : { ear: JSON.stringify(ear) }),
    ...(patience === undefined ? {} : { "early stop": patience }),
  };
}
