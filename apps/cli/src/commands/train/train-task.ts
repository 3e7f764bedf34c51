import { setImmediate as nextTurn } from "node:timers/promises";
import { type TrainingProgress, trainingRules } from "@ohmwork/learning";
import {
  createTrainingExperiment,
  physicsFreeBaselines,
  runTraining,
  type TrainingExperiment,
  type TrainingExperimentOptions,
  type TrainingResult,
  trainSystems,
} from "@ohmwork/recipes";
import { openNgspice, openOnnxRuntime, runUntilSignal, systemClock } from "@ohmwork/runtime";
import type { CommandDef } from "citty";
import { createOutput } from "../../output.ts";
import { createProgressView, lossOfBatches } from "../../progress-view.ts";
import { readUserBytes } from "../../read-user-file.ts";
import { decimalNumber, expectUnused, strictCommand, wholeNumber } from "../../strict-command.ts";
import { decodeCheckpoint, type TrainingName } from "../../train/checkpoint.ts";
import { keepCheckpoint } from "../../train/keep-checkpoint.ts";
import { readDeck } from "../../train/read-deck.ts";
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
    deck: { type: "string", valueHint: "my.cir", description: "Netlist of the system spice, its ports beside it in my.json" },
    twin: {
      type: "string",
      valueHint: "my.onnx",
      description: "Your own model in the place of the twin, or as-made: the device itself",
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
      const { system, rule, resume } = options;
      if (task.sound === true) expectEar(name, system);
      if (task.sound === true && rule === IN_PLACE) return trainInPlace(name, task, options, { seed, epochs, gapScale });
      expectUnused("--nudge", options.nudge, `the rule ${IN_PLACE}`);
      expectUnused("--offset", options.offset, `the rule ${IN_PLACE}`);
      if (rule !== "digital") expectUnused("--digital", options.digital, "the rule digital");
      if (rule === "digital") expectUnused("--twin", options.twin, "rules with physics");
      if (system !== "spice") expectUnused("--deck", options.deck, "the system spice");
      const file = options.checkpoint ?? resume;
      if (file !== undefined) await expectWritable(file);
      const spice = system === "spice" ? { deck: await readDeck(options.deck), engine: openNgspice() } : undefined;
      const twin = options.twin === undefined ? undefined : await twinFrom(options.twin);
      const saved = resume === undefined ? undefined : await readUserBytes(resume);
      const ear = earChoices(options);
      const dataset = await task.read(options.data, seed, soundChoices(options));
      const runtime = await openOnnxRuntime({ threads: 1 });
      if (spice !== undefined && rule !== "digital") output.note("spice: measures the netlist and fits its twin");
      const experiment = await createTrainingExperiment({
        dataset,
        system,
        rule,
        seed,
        gapScale,
        runtime,
        ...(epochs === undefined ? {} : { epochs }),
        ...(rows === undefined ? {} : { rows }),
        ...(options.digital === undefined ? {} : { digital: options.digital }),
        ...(spice === undefined ? {} : { spice }),
        ...(twin === undefined ? {} : { twin }),
        ear,
      });
      const training = nameOf(name, experiment, gapScale, JSON.stringify(ear));
      const from =
        saved === undefined
          ? undefined
          : withFile(resume as string, () => decodeCheckpoint(saved, training, begunBy(experiment.rule)));
      const keeper = keepCheckpoint(file, training, systemClock);
      const view = createProgressView(process.stderr, `${dataset.name} · ${system} · ${rule}`, systemClock, lossOfBatches);
      const started = systemClock.monotonic();
      const onProgress = async ({ steps, loss, accuracy, state }: TrainingProgress): Promise<void> => {
        const score = `${(100 * accuracy).toFixed(1)} %`;
        view.show({ step: steps, steps: experiment.steps, error: loss, scoreName: "training accuracy", score });
        await keeper.offer(state);
        await nextTurn(); // lets the screen be drawn and Ctrl-C be heard
      };
      const watch = { onProgress, ...(from === undefined ? {} : { from }) };
      let result: TrainingResult;
      try {
        result = await runUntilSignal((signal) => runTraining(experiment, { ...watch, signal }));
      } finally {
        view.end();
        if (await keeper.keep()) output.note(`State of the training: ${file}`);
      }
      const seconds = systemClock.monotonic() - started;
      const baselines = await (experiment.recipe.baselines?.(experiment.task) ??
        physicsFreeBaselines(experiment.task, { runtime, seed }));
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
function nameOf(task: string, experiment: TrainingExperiment, gap: number, chosen: string): TrainingName {
  const { systemName: system, rule, seed, recipe, parameters } = experiment;
  const { epochs, batch, rate } = recipe.options;
  const twins = Object.values(recipe.twins).map(({ sha256 }) => sha256);
  const { name, train, inputs } = experiment.task;
  const data = `${name}, ${train.labels.length} rows of ${inputs}${chosen === "{}" ? "" : `, ${chosen}`}`;
  return { task, system, rule, seed, gap, epochs, batch, rate, data, parameters, twin: twins.join(" ") };
}
