import { readFile } from "node:fs/promises";
import { BadInputError } from "@ohmwork/core";
import * as z from "zod";
import type { TrainedResult } from "../trained-result.ts";
import { writeUserFile } from "../../write-user-file.ts";

/** A result as it is kept: `gap` and `schema` are left out, since all results of a system have the same, and what no training of a table has. */
export type ResultsEntry = Omit<TrainedResult, "gap" | "schema" | "accuracyInNoise"> & {
  /** Names the training. */
  readonly key: string;
};

function entrySchema(): z.ZodType<ResultsEntry> {
  const share = z.number().min(0).max(1);
  return z.strictObject({
    key: z.string(),
    version: z.string(),
    task: z.string(),
    system: z.string(),
    rule: z.string(),
    digital: z.string().nullable(),
    seed: z.number(),
    epochs: z.number(),
    steps: z.number(),
    seconds: z.number(),
    testAccuracy: share,
    validationAccuracy: share,
    twinAccuracy: share.nullable(),
    deviceAccuracy: share.nullable(),
    accuracyGap: z.number().nullable(),
    deviceEvaluations: z.number(),
    skippedSteps: z.number(),
    retriedCalls: z.number(),
    lostRows: z.number().default(0), // files from before they were counted
    parameters: z.number(),
    twinFit: z.strictObject({ error: z.number(), measured: z.number() }).nullable(),
    gapScale: z.number(),
    baselines: z.record(z.string(), share),
  });
}

/** Results of many trainings, kept in one file as they come. */
export type ResultsFile = {
  readonly entries: ReadonlyMap<string, ResultsEntry>;
  readonly add: (entry: ResultsEntry) => Promise<void>;
};

/**
 * Opens a file of results, or begins one.
 *
 * @param settings what all results of the file have in common
 * @throws BadInputError in one line when the file is another one, or holds results of other settings
 */
export async function openResults(
  file: string,
  schema: string,
  settings: Readonly<Record<string, string | number>>,
): Promise<ResultsFile> {
  const known = z.strictObject({
    schema: z.literal(schema),
    settings: z.record(z.string(), z.union([z.string(), z.number()])),
    runs: z.array(entrySchema()),
  });
  const text = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw new BadInputError(`${file}: Could not be read (${error.code})`, { where: file }, { cause: error });
  });
  let entries = new Map<string, ResultsEntry>();
  if (text !== undefined) {
    const read = known.safeParse(parsed(text));
    if (!read.success) throw new BadInputError(`${file}: Not a file of ${schema}`, { where: file });
    const [there, here] = [read.data.settings, settings].map(inWords);
    if (there !== here) throw new BadInputError(`${file}: Results of ${there}, expected of ${here}`, { where: file });
    entries = new Map(read.data.runs.map((entry) => [entry.key, entry]));
  }
  let writing: Promise<void> = Promise.resolve();
  return {
    entries,
    async add(entry) {
      entries.set(entry.key, entry);
      const runs = [...entries.values()].toSorted((a, b) => a.key.localeCompare(b.key, "en"));
      const lines = runs.map((run) => `    ${JSON.stringify(run)}`).join(",\n");
      const head = `{\n  "schema": ${JSON.stringify(schema)},\n  "settings": ${JSON.stringify(settings)},\n  "runs": [\n`;
      // Every write has all entries: one that failed is made good by the next.
      writing = writing.catch(() => undefined).then(() => writeUserFile(file, Buffer.from(`${head}${lines}\n  ]\n}\n`)));
      await writing;
    },
  };
}

function inWords(settings: Readonly<Record<string, string | number>>): string {
  const words = Object.entries(settings).map(([name, value]) => `${name} ${value}`);
  return words.length === 0 ? "all rows and epochs" : words.join(", ");
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
