import { readdir, readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { gunzipSync } from "node:zlib";
import { BadInputError } from "@ohmwork/core";
import { decodeWav, type Sound } from "@ohmwork/tasks";
import { tarFiles } from "./tar-files.ts";

/** The largest known archive has 40 MB unpacked; one that grows beyond this is none of them [bytes]. */
const LARGEST_UNPACKED = 512 * 1024 * 1024;

/** A recording and its file's name, without folders. */
export type Recording = { readonly name: string; readonly sound: Sound };

/**
 * Recordings of a folder, by name: its WAV files, or those in its archives (`.tar.gz`).
 *
 * @throws BadInputError in one line when there is no such folder, no recording in it, or one that cannot be read
 */
export async function readRecordings(folder: string): Promise<Recording[]> {
  const names = await readdir(folder).catch((cause: NodeJS.ErrnoException) => {
    throw new BadInputError(
      `${folder}: No such folder, expected one with recordings (${cause.code})`,
      { where: folder },
      { cause },
    );
  });
  const files: { readonly name: string; readonly bytes: Uint8Array }[] = [];
  for (const name of names.toSorted()) {
    if (/\.wav$/i.test(name)) files.push({ name, bytes: await readFile(join(folder, name)) });
    if (/\.(tar\.gz|tgz)$/i.test(name)) files.push(...(await unpack(join(folder, name))));
  }
  const recordings = files
    .filter(({ name }) => /\.wav$/i.test(name))
    .map(({ name, bytes }) => ({ name: basename(name), sound: decodeWav(bytes, { file: basename(name) }) }));
  if (recordings.length === 0) throw new BadInputError(`${folder}: No recordings, expected .wav files or a .tar.gz of them`);
  return recordings.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

async function unpack(file: string): Promise<{ readonly name: string; readonly bytes: Uint8Array }[]> {
  const packed = await readFile(file);
  let bytes: Uint8Array;
  try {
    bytes = gunzipSync(packed, { maxOutputLength: LARGEST_UNPACKED });
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    throw new BadInputError(`${file}: Cut short or not packed with gzip (${code})`, { where: file }, { cause });
  }
  return [...tarFiles(bytes, file)];
}
