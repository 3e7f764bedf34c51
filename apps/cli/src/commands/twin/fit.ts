import { setImmediate as nextTurn } from "node:timers/promises";
import { BadInputError, didYouMean, type PhysicalSystem, throwIfAborted } from "@ohmwork/core";
import { createTrainingExperiment, measurePairs, trainSystems } from "@ohmwork/recipes";
import { openOnnxRuntime, runUntilSignal, systemClock } from "@ohmwork/runtime";
import { type FitProgress, fitTwinToPairs } from "@ohmwork/systems";
import type { CommandDef } from "citty";
import { createOutput, nameValueLines, VERSION } from "../../output.ts";
import { createStageView } from "../../stage-view.ts";
import { decimalNumber, strictCommand, wholeNumber } from "../../strict-command.ts";
import { deckArgs, openDeck } from "../../train/open-deck.ts";
import { type TrainTask, trainTasks } from "../../train/read-task.ts";
import { expectWritable, writeUserFile } from "../../write-user-file.ts";

const args = {
  system: { type: "string", required: true, valueHint: "name", description: `One of ${Object.keys(trainSystems).join(", ")}` },
  out: { type: "string", required: true, valueHint: "twin.onnx", description: "Where to write the twin" },
  task: { type: "string", default: "digits", valueHint: "name", description: "The task whose rows drive the device" },
  data: { type: "string", valueHint: "path", description: "Data of the task, as for ohmwork train" },
  ...deckArgs,
  pairs: { type: "string", default: "8000", valueHint: "N", description: "Rows to measure" },
  hidden: {
    type: "string",
    default: "64,64",
    valueHint: "N,N",
    description: "Widths of the layers of tanh beside the linear way",
  },
  steps: { type: "string", default: "6000", valueHint: "N", description: "Steps of the fit" },
  seed: { type: "string", default: "1", valueHint: "N", description: "Draws the device and what it is given" },
  gap: { type: "string", default: "1", valueHint: "factor", description: "Size of the gap between device and drawing" },
  json: { type: "boolean", description: "Print one line of JSON" },
} as const;

export const fit: CommandDef = strictCommand({
  name: "twin fit",
  description: "Fit a twin to what a device answers, with nothing known of it",
  args,
  run: async (options) => {
    const output = createOutput(options.json === true);
    const seed = wholeNumber(options.seed, "--seed", { min: 0, max: 0xffff_ffff }) as number;
    const pairs = wholeNumber(options.pairs, "--pairs", { min: 256, max: 1_000_000 }) as number;
    const steps = wholeNumber(options.steps, "--steps", { min: 1, max: 1_000_000 }) as number;
    const gapScale = decimalNumber(options.gap, "--gap", { min: 0, max: 100 }) as number;
    const hidden = options.hidden.split(",").map((text) => wholeNumber(text, "--hidden", { min: 1, max: 4096 }) as number);
    const { system } = options;
    const spice = await openDeck(system, options);
    await expectWritable(options.out);
    const task = taskCalled(options.task);
    const stages = createStageView(process.stderr, `twin of ${system}`, systemClock);
    let started = systemClock.monotonic();
    const { twin, error, measured } = await runUntilSignal(async (signal) => {
      stages.show("reads the data");
      await nextTurn(); // lets the screen be drawn
      const dataset = await task.read(options.data, seed);
      throwIfAborted(signal, "Fitting a twin");
      const runtime = await openOnnxRuntime({ threads: 1 });
      const onFit = ({ stage, done, all }: FitProgress): void => stages.show(stage, { done, all });
      const experiment = await createTrainingExperiment({
        dataset,
        system,
        rule: "pat",
        seed,
        gapScale,
        runtime,
        signal,
        onFit,
        ...(spice === undefined ? {} : { spice }),
      });
      const device = Object.values(experiment.parts.devices)[0] as PhysicalSystem;
      started = systemClock.monotonic();
      let leftOut = 0;
      const onPairs = async (done: number, lost: number): Promise<void> => {
        leftOut = lost;
        stages.show("measures", { done, all: pairs });
        await nextTurn(); // lets Ctrl-C be heard
      };
      const samples = await measurePairs(experiment, pairs, { signal, onPairs });
      if (leftOut > 0) output.note(`${system}: ${leftOut} rows were answered in no numbers and are left out`);
      return fitTwinToPairs(device, samples, { runtime, seed, hidden, steps, rate: 0.003, signal, onProgress: onFit });
    }).finally(stages.clear);
    await writeUserFile(options.out, twin.model);
    const seconds = systemClock.monotonic() - started;
    const header = { schema: "ohmwork.twin/1", version: VERSION, task: options.task, system, rule: null, seed };
    const { sha256, stage } = twin;
    output.result(
      {
        ...header,
        gapScale,
        pairs: measured,
        hidden,
        steps,
        error,
        seconds,
        out: options.out,
        bytes: twin.model.length,
        stage,
        sha256,
      },
      [
        `${options.out}: twin of ${system}, error ${(100 * error).toFixed(2)} % on pairs it has not seen`,
        ...nameValueLines([
          ["pairs", `${measured}, an eighth of them to stop by and an eighth to judge by`],
          ["layers of tanh", hidden.join(", ")],
          ["task and seed", `${options.task}, ${seed}`],
          ["time", `${seconds.toFixed(1)} s`],
        ]),
      ],
    );
  },
});

function taskCalled(name: string): TrainTask {
  const task = Object.hasOwn(trainTasks, name) ? trainTasks[name] : undefined;
  if (task === undefined) throw new BadInputError(`Unknown task "${name}"${didYouMean(name, Object.keys(trainTasks))}`);
  return task;
}
