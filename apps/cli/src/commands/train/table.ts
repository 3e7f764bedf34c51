import { availableParallelism } from "node:os";
import { setImmediate as nextTurn } from "node:timers/promises";
import { BadInputError, didYouMean } from "@ohmwork/core";
import { runUntilSignal, systemClock } from "@ohmwork/runtime";
import type { CommandDef } from "citty";
import { createOutput, VERSION } from "../../output.ts";
import { createStageView } from "../../stage-view.ts";
import { strictCommand, wholeNumber } from "../../strict-command.ts";
import { trainTasks } from "../../train/read-task.ts";
import { openResults } from "../../train/table/results-file.ts";
import { ChildFailedError } from "../../train/table/run-child.ts";
import { runChains } from "../../train/table/run-chains.ts";
import { tableDocument } from "../../train/table/table-document.ts";
import { type TableChain, tableChains, tableTasks } from "../../train/table/table-runs.ts";
import { expectWritable, writeUserFile } from "../../write-user-file.ts";

const args = {
  out: {
    type: "string",
    required: true,
    valueHint: "table.json",
    description: "Where results are kept; table.md is written beside it",
  },
  data: { type: "string", valueHint: "folder", description: "MNIST; without it that part is left out" },
  vowels: { type: "string", valueHint: "file", description: "Twelve numbers of each vowel; without it that part is left out" },
  fashion: { type: "string", valueHint: "folder", description: "Fashion-MNIST; without it that part is left out" },
  only: { type: "string", valueHint: "task/system", description: "Only trainings whose name begins so" },
  jobs: {
    type: "string",
    valueHint: "N",
    description: "Trainings at once, one thread each; otherwise as many as there are cores",
  },
  rows: { type: "string", valueHint: "N", description: "Learn from the first N rows only, to try something" },
  epochs: { type: "string", valueHint: "N", description: "Times through the training rows, to try something" },
  json: { type: "boolean", description: "Print one line of JSON" },
} as const;

/** Where the data of a task that does not come along are named. */
const dataOptions: Readonly<Record<string, string>> = { mnist: "--data", vowels: "--vowels", fashion: "--fashion" };

export const table: CommandDef = strictCommand({
  name: "train table",
  description: "Every rule on every system, with three devices each; goes on where it stopped",
  args,
  run: async (options) => {
    const output = createOutput(options.json === true);
    const jobs = wholeNumber(options.jobs, "--jobs", { min: 1, max: 64 }) ?? availableParallelism();
    const rows = wholeNumber(options.rows, "--rows", { min: 1 });
    const epochs = wholeNumber(options.epochs, "--epochs", { min: 1 });
    if (!options.out.endsWith(".json"))
      throw new BadInputError(`Option --out is "${options.out}", expected a name that ends in .json`);
    const settings = { ...(rows === undefined ? {} : { rows }), ...(epochs === undefined ? {} : { epochs }) };
    await expectWritable(options.out);
    const results = await openResults(options.out, "ohmwork.train-table/1", settings);
    const data: Readonly<Record<string, string | undefined>> = {
      mnist: options.data,
      vowels: options.vowels,
      fashion: options.fashion,
    };
    const tasks = Object.keys(tableTasks).filter((task) => !(task in data) || data[task] !== undefined);
    const chains = tableChains(tasks, ({ runs }) => runs.some(({ key }) => key.startsWith(options.only ?? "")));
    if (chains.length === 0) {
      const without = Object.keys(data).find((task) => !tasks.includes(task) && options.only?.startsWith(task) === true);
      if (without !== undefined) throw new BadInputError(`No data for "${options.only}", expected ${dataOptions[without]}`);
      throw new BadInputError(`No training is called "${options.only}"${didYouMean(options.only ?? "", tasks)}`);
    }
    const missing = chains.filter(({ runs }) => runs.some(({ key }) => !results.entries.has(key)));
    const stages = createStageView(process.stderr, "train table", systemClock);
    // What is wrong with the data is said once, and before anything is trained.
    for (const task of new Set(missing.map((chain) => chain.task))) {
      stages.show(`reads the data of ${task}`);
      await nextTurn(); // lets the screen be drawn
      await trainTasks[tableTasks[task]?.command as string]?.read(data[task], 1).finally(stages.clear);
    }
    const tried = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]);
    const commandOf = ({ task }: TableChain): string[] => {
      const own = data[task];
      return ["train", tableTasks[task]?.command as string, ...(own === undefined ? [] : ["--data", own]), ...tried];
    };
    const document = options.out.replace(/json$/, "md");
    const write = (): Promise<void> => writeUserFile(document, Buffer.from(tableDocument(results.entries.values(), settings)));
    const running = { commandOf, jobs, note: output.note, states: `${options.out}.states` };
    const failed = await runUntilSignal((signal) => runChains(chains, results, { ...running, signal })).catch(
      async (error: unknown) => {
        await write().catch(() => undefined); // what stopped the trainings is told, not what follows from it
        throw error;
      },
    );
    await write();
    if (failed > 0)
      throw new ChildFailedError(`${failed} trainings of the table failed: their reasons are above`, { code: null });
    const header = {
      schema: "ohmwork.train-table/1",
      version: VERSION,
      task: "train table",
      system: null,
      rule: null,
      seed: null,
    };
    output.result({ ...header, out: options.out, document, runs: results.entries.size }, [
      `${options.out}: ${results.entries.size} trainings, as a table in ${document}`,
    ]);
  },
});
