import { join } from "node:path";
import { BadInputError, nearestName } from "@ohmwork/core";
import { runUntilSignal } from "@ohmwork/runtime";
import type { CommandDef } from "citty";
import { createByteProgress } from "../../byte-progress.ts";
import { type PublishedSet, publishedSets } from "../../data/data-sets.ts";
import { getFiles } from "../../data/get-files.ts";
import { readPictures } from "../../data/read-pictures.ts";
import { createOutput, VERSION } from "../../output.ts";
import { stateFolder } from "../../state-folder.ts";
import { strictCommand } from "../../strict-command.ts";

const args = {
  set: { type: "positional", required: true, description: `One of ${Object.keys(publishedSets).join(", ")}` },
  data: {
    type: "string",
    valueHint: "folder",
    description: "Where to put it; otherwise a folder of its name, below the one that OHMWORK_DATA names if it names one",
  },
  mirror: {
    type: "string",
    valueHint: "url",
    description: "Where to fetch it in place of the usual places, up to the names of its files",
  },
  json: { type: "boolean", description: "Print one line of JSON" },
} as const;

export const get: CommandDef = strictCommand({
  name: "data get",
  description: "Fetch a data set, and check the SHA-256 of every file",
  args,
  run: async (options) => {
    const output = createOutput(options.json === true);
    const published = publishedSet(options.set);
    const mirrors = options.mirror === undefined ? published.mirrors : [mirrorUrl(options.mirror)];
    const wanted = options.data ?? join(process.env["OHMWORK_DATA"] ?? "", options.set);
    const folder = stateFolder(wanted, "--data");
    const view = createByteProgress(process.stderr);
    const files = await runUntilSignal((signal) =>
      getFiles(published.files, folder, { mirrors, signal, show: view.show }),
    ).finally(() => view.end());
    const { train, test } = await readPictures(folder);
    const header = { schema: "ohmwork.data/1", version: VERSION, task: "data", system: null, rule: null, seed: null };
    const [count, ...size] = train.pictures.shape;
    output.result(
      {
        ...header,
        set: options.set,
        licence: published.licence,
        folder,
        train: count,
        test: test.pictures.shape[0],
        size,
        files,
      },
      [
        `${published.title} (${published.licence}), in ${folder}: ` +
          `${count} pictures of ${size.join(" × ")} to learn from, ${test.pictures.shape[0]} to test on`,
      ],
    );
  },
});

function publishedSet(name: string): PublishedSet {
  const found = Object.hasOwn(publishedSets, name) ? publishedSets[name] : undefined;
  if (found !== undefined) return found;
  const names = Object.keys(publishedSets);
  const guess = nearestName(name, names);
  throw new BadInputError(
    `Unknown data set "${name}", ${guess === undefined ? `expected ${names.join(" or ")}` : `did you mean ${guess}?`}`,
  );
}

/** What files are fetched from, up to their names. */
function mirrorUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== "http:" && url?.protocol !== "https:") {
    throw new BadInputError(`Option --mirror is "${text}", expected an address such as https://example.org/mnist/`);
  }
  return text.endsWith("/") ? text : `${text}/`;
}
