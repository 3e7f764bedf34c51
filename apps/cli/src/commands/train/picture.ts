import { availableParallelism } from "node:os";
import { BadInputError, didYouMean } from "@ohmwork/core";
import { trainSystems } from "@ohmwork/recipes";
import { runUntilSignal } from "@ohmwork/runtime";
import type { CommandDef } from "citty";
import { createOutput, VERSION } from "../../output.ts";
import { strictCommand, wholeNumber } from "../../strict-command.ts";
import { devicesInWords, gapPicture } from "../../train/picture/gap-picture.ts";
import { pictureChains, pictureOf } from "../../train/picture/picture-runs.ts";
import { trainTasks } from "../../train/read-task.ts";
import { openResults } from "../../train/table/results-file.ts";
import { ChildFailedError } from "../../train/table/run-child.ts";
import { runChains } from "../../train/table/run-chains.ts";
import { expectWritable, writeUserFile } from "../../write-user-file.ts";

const args = {
  out: {
    type: "string",
    required: true,
    valueHint: "picture.svg",
    description: "The picture; picture.json beside it keeps the results",
  },
  system: { type: "string", default: "plate", valueHint: "name", description: "Of the plate alone the true gradient is known" },
  data: { type: "string", valueHint: "folder", description: "MNIST in the place of the 8 × 8 digits" },
  seeds: { type: "string", default: "3", valueHint: "N", description: "Devices at each size of the gap" },
  jobs: {
    type: "string",
    valueHint: "N",
    description: "Trainings at once, one thread each; otherwise as many as there are cores",
  },
  rows: { type: "string", valueHint: "N", description: "Learn from the first N rows only" },
  epochs: { type: "string", valueHint: "N", description: "Times through the training rows, in place of the recipe's" },
  json: { type: "boolean", description: "Print one line of JSON" },
} as const;

export const picture: CommandDef = strictCommand({
  name: "train picture",
  description: "Accuracy against the size of the gap, for every way of training; goes on where it stopped",
  args,
  run: async (options) => {
    const output = createOutput(options.json === true);
    const { system, data, out } = options;
    if (!out.endsWith(".svg")) throw new BadInputError(`Option --out is "${out}", expected a name that ends in .svg`);
    if (!Object.hasOwn(trainSystems, system))
      throw new BadInputError(`Unknown system "${system}"${didYouMean(system, Object.keys(trainSystems))}`);
    await expectWritable(out);
    const jobs = wholeNumber(options.jobs, "--jobs", { min: 1, max: 64 }) ?? availableParallelism();
    const seeds = wholeNumber(options.seeds, "--seeds", { min: 1, max: 100 }) as number;
    const rows = wholeNumber(options.rows, "--rows", { min: 1 });
    const epochs = wholeNumber(options.epochs, "--epochs", { min: 1 });
    const tried = { ...(rows === undefined ? {} : { rows }), ...(epochs === undefined ? {} : { epochs }) };
    const task = data === undefined ? "digits 8×8" : "MNIST";
    const settings = { system, task, ...tried };
    const file = out.replace(/svg$/, "json");
    const results = await openResults(file, "ohmwork.train-picture/1", settings);
    await trainTasks["digits"]?.read(data, 1); // what is wrong with the data is said once
    const asMade = system === "plate";
    const words = Object.entries({ ...(data === undefined ? {} : { data }), ...tried }).flatMap(([name, value]) => [
      `--${name}`,
      String(value),
    ]);
    const running = { commandOf: () => ["train", "digits", ...words], jobs, note: output.note, states: `${file}.states` };
    const draw = (): Promise<void> => {
      const { lines, breaks } = pictureOf(results.entries, { seeds, asMade });
      return writeUserFile(out, Buffer.from(gapPicture(titleOf(settings), lines, breaks)));
    };
    const chains = pictureChains(system, { seeds, asMade });
    const failed = await runUntilSignal((signal) => runChains(chains, results, { ...running, signal })).catch(
      async (error: unknown) => {
        await draw().catch(() => undefined); // what stopped the trainings is told, not what follows from it
        throw error;
      },
    );
    await draw();
    if (failed > 0)
      throw new ChildFailedError(`${failed} trainings of the picture failed: their reasons are above`, { code: null });
    const header = { schema: "ohmwork.train-picture/1", version: VERSION, task: "train picture", system, rule: null, seed: null };
    const { lines, breaks } = pictureOf(results.entries, { seeds, asMade });
    output.result({ ...header, out, results: file, runs: results.entries.size, devices: seeds, breaks: breaks ?? null }, [
      `${out}: ${results.entries.size} trainings, ${devicesInWords(lines)} behind each point${breaks === undefined ? "" : `, PAT breaks at ${breaks} times the gap`}`,
    ]);
  },
});

type Settings = { readonly system: string; readonly task: string; readonly rows?: number; readonly epochs?: number };

function titleOf({ system, task, ...tried }: Settings): string {
  const trial = Object.entries(tried).map(([name, value]) => `${name} ${value}`);
  return `${system}, ${task}${trial.length === 0 ? "" : ` (a trial: ${trial.join(", ")})`}`;
}
