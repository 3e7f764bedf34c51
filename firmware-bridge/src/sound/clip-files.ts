import { readdir, readFile, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { BadInputError } from "@ohmwork/core";
import { decodeWav, resample } from "@ohmwork/tasks";

/** A recording at the rate that it is wanted at. */
export type Clip = { readonly name: string; readonly samples: Float32Array };

/**
 * A WAV file, or those of a folder in the order of their names.
 *
 * @throws BadInputError when there is nothing of the kind
 */
export async function listClipFiles(path: string): Promise<string[]> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) throw new BadInputError(`${path} is not there, expected a WAV file or a folder of them`);
  if (!found.isDirectory()) return [path];
  const names = (await readdir(path)).filter((name) => /\.wav$/i.test(name)).toSorted();
  if (names.length === 0) throw new BadInputError(`${path} holds no file that ends in .wav`);
  return names.map((name) => join(path, name));
}

/** @throws BadInputError when the file cannot be read or is no recording */
export async function readClip(file: string, rate: number): Promise<Clip> {
  const name = basename(file);
  const bytes = await readFile(file).catch((cause: NodeJS.ErrnoException) => {
    throw new BadInputError(`${name} cannot be read (${cause.code})`, { where: name }, { cause });
  });
  return { name, samples: resample(decodeWav(bytes, { file: name }), rate).samples };
}
