import { setImmediate as nextTurn } from "node:timers/promises";
import { trainingRules } from "@ohmwork/learning";
import { createTrainingExperiment, physicsFreeBaselines, runTraining, trainSystems } from "@ohmwork/recipes";
import { openOnnxRuntime, runUntilSignal, systemClock } from "@ohmwork/runtime";
import type { CommandDef } from "citty";
import { createOutput } from "../../output.ts";
import { createProgressView } from "../../progress-view.ts";
import { decimalNumber, strictCommand, wholeNumber } from "../../strict-command.ts";
import { type TrainTask } from "../../train/read-task.ts";
import { trainedLines, trainedResult } from "../../train/trained-result.ts";

/** `ohmwork train <name>`. */
export function trainTask(name: string, task: TrainTask): CommandDef {
  const args = {
    data: { type: "string", valueHint: "path", description: task.data },
    system: { type: "string", default: "pendulums", valueHint: "name", description: Object.keys(trainSystems).join(", ") },
    rule: { type: "string", default: "pat", valueHint: "name", description: Object.keys(trainingRules).join(", ") },
    seed: { type: "string", default: "1", valueHint: "N", description: "Draws device, start, batches and what is held back" },
    epochs: { type: "string", valueHint: "N", description: "Times through the training rows, in place of the recipe's" },
    gap: { type: "string", default: "1", valueHint: "factor", description: "Size of the gap between device and twin; 0 is none" },
    rows: { type: "string", valueHint: "N", description: "Learn from the first N rows only, to try something" },
    json: { type: "boolean", description: "Print one line of JSON" },
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
      const dataset = await task.read(options.data, seed);
      const runtime = await openOnnxRuntime({ threads: 1 });
      const experiment = await createTrainingExperiment({
        dataset,
        system: options.system,
        rule: options.rule,
        seed,
        gapScale,
        ...(epochs === undefined ? {} : { epochs }),
        ...(rows === undefined ? {} : { rows }),
        runtime,
      });
      const { system, rule } = options;
      const view = createProgressView(process.stderr, `${dataset.name} · ${system} · ${rule}`, systemClock);
      const started = systemClock.monotonic();
      const result = await runUntilSignal((signal) =>
        runTraining(experiment, {
          signal,
          onProgress: async ({ steps, loss, accuracy }) => {
            const score = `${(100 * accuracy).toFixed(1)} %`;
            view.show({ step: steps, steps: experiment.steps, error: loss, scoreName: "accuracy", score });
            await nextTurn(); // lets the screen be drawn and Ctrl-C be heard
          },
        }),
      ).finally(() => view.end());
      const seconds = systemClock.monotonic() - started;
      const baselines = await physicsFreeBaselines(experiment.task, { runtime, seed });
      const trained = trainedResult(experiment, result, { taskName: name, gapScale, seconds, baselines });
      output.result(trained, trainedLines(trained));
    },
  });
}
