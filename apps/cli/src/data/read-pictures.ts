import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { BadInputError } from "@ohmwork/core";
import { type Idx, parseIdx, type PictureFiles } from "@ohmwork/tasks";

/** The largest file of the known sets is 47 MB unpacked; a packed file that grows beyond this is none of them [bytes]. */
const LARGEST_UNPACKED = 256 * 1024 * 1024;

/**
 * The four files of MNIST, or of a set in its form, from a folder: packed with gzip, or unpacked with no `.gz` to their names.
 *
 * @throws BadInputError in one line when a file is not there, or is not what its name says
 */
export async function readPictures(folder: string): Promise<PictureFiles> {
  const read = (name: string): Promise<Idx> => readIdx(join(folder, name));
  return {
    train: { pictures: await read("train-images-idx3-ubyte"), labels: await read("train-labels-idx1-ubyte") },
    test: { pictures: await read("t10k-images-idx3-ubyte"), labels: await read("t10k-labels-idx1-ubyte") },
  };
}

const missing: Readonly<Record<string, string>> = {
  ENOENT: "No such file, fetch it with ohmwork data get",
  ENOTDIR: "No such file, expected a folder before it",
};

async function readIdx(name: string): Promise<Idx> {
  const file = existsSync(`${name}.gz`) || !existsSync(name) ? `${name}.gz` : name;
  const fail = (problem: string, cause: unknown): never => {
    throw new BadInputError(`${file}: ${problem}`, { where: file }, { cause });
  };
  const bytes = await readFile(file).catch((cause: NodeJS.ErrnoException) =>
    fail(missing[cause.code ?? ""] ?? `Could not be read (${cause.code})`, cause),
  );
  if (file === name) return parseIdx(bytes, { file });
  let unpacked: Uint8Array;
  try {
    unpacked = gunzipSync(bytes, { maxOutputLength: LARGEST_UNPACKED });
  } catch (cause) {
    return fail(`Cut short or not packed with gzip (${(cause as NodeJS.ErrnoException).code})`, cause);
  }
  return parseIdx(unpacked, { file });
}
