import { setImmediate as nextTurn } from "node:timers/promises";
import { BadInputError, didYouMean, type PhysicalSystem } from "@ohmwork/core";
import { createTrainingExperiment, measurePairs, trainSystems } from "@ohmwork/recipes";
import { openNgspice, openOnnxRuntime, runUntilSignal, systemClock } from "@ohmwork/runtime";
import { fitTwinToPairs } from "@ohmwork/systems";
import type { CommandDef } from "citty";
import { createOutput, nameValueLines, VERSION } from "../../output.ts";
import { decimalNumber, expectUnused, strictCommand, wholeNumber } from "../../strict-command.ts";
import { readDeck } from "../../train/read-deck.ts";
import { type TrainTask, trainTasks } from "../../train/read-task.ts";
import { expectWritable, writeUserFile } from "../../write-user-file.ts";

const args = {
  system: { type: "string", required: true, valueHint: "name", description: `One of ${Object.keys(trainSystems).join(", ")}` },
  out: { type: "string", required: true, valueHint: "twin.onnx", description: "Where to write the twin" },
  task: { type: "string", default: "digits", valueHint: "name", description: "The task whose rows drive the device" },
  data: { type: "string", valueHint: "path", description: "Data of the task, as for ohmwork train" },
  deck: { type: "string", valueHint: "my.cir", description: "Netlist of the system spice, its ports beside it in my.json" },
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
    if (system !== "spice") expectUnused("--deck", options.deck, "the system spice");
    await expectWritable(options.out);
    const dataset = await taskCalled(options.task).read(options.data, seed);
    const runtime = await openOnnxRuntime({ threads: 1 });
    const spice = system === "spice" ? { deck: await readDeck(options.deck), engine: openNgspice() } : undefined;
    const experiment = await createTrainingExperiment({
      dataset,
      system,
      rule: "pat",
      seed,
      gapScale,
      runtime,
      ...(spice === undefined ? {} : { spice }),
    });
    const device = Object.values(experiment.parts.devices)[0] as PhysicalSystem;
    const started = systemClock.monotonic();
    const { twin, error, measured } = await runUntilSignal(async (signal) => {
      const onPairs = async (): Promise<void> => nextTurn(); // lets Ctrl-C be heard
      const samples = await measurePairs(experiment, pairs, { signal, onPairs });
      output.note(`${system}: ${pairs} rows measured`);
      return fitTwinToPairs(device, samples, { runtime, seed, hidden, steps, rate: 0.003, signal });
    });
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
