import { access, constants, realpath, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { BadInputError, OhmworkError } from "@ohmwork/core";

/** A file that may be written was not taken whole by its disk. */
export class WriteFailedError extends OhmworkError<{ file: string }> {
  readonly code = "write-failed";
}

/**
 * Writes a file that a user named: it is there whole, or as it was before. A link stays one, and so does what is no file of a
 * disk, like /dev/null: that is written to as it stands.
 *
 * @throws BadInputError in one line when it may not be written
 * @throws WriteFailedError in one line when its disk does not take it
 */
export async function writeUserFile(file: string, bytes: Uint8Array): Promise<void> {
  const real = await realpath(file).catch(() => file);
  const part = `${real}.${process.pid}.part`;
  try {
    const found = await stat(real).catch(() => undefined);
    if (found?.isFile() === false) return await writeFile(real, bytes);
    await writeFile(part, bytes, { flush: true });
    await rename(part, real);
  } catch (error) {
    await rm(part, { force: true });
    throw unwritable(file, error);
  }
}

/**
 * Asks before hours of work whether a file can be written at their end, as far as that can be known.
 *
 * @throws BadInputError in one line when its folder is not there or may not be written, or the file is a folder or has no name
 */
export async function expectWritable(file: string): Promise<void> {
  if (file === "") throw new BadInputError("Expected a file to write, an empty name given");
  const folder = dirname(file);
  const isFolder = async (path: string): Promise<boolean> => (await stat(path)).isDirectory();
  const problem = await (async (): Promise<unknown> => {
    if (!(await isFolder(folder))) return { code: "ENOTDIR" };
    await access(folder, constants.W_OK);
    return (await isFolder(file).catch(() => false)) ? { code: "EISDIR" } : undefined;
  })().catch((error: unknown) => error);
  if (problem !== undefined) throw unwritable(file, problem);
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: "No such folder",
  ENOTDIR: "No such folder",
  EISDIR: "Is a folder",
  EACCES: "May not be written",
  EROFS: "May not be written, the disk is read-only",
};

const failures: Readonly<Record<string, string>> = {
  ENOSPC: "No space left on its disk",
  EDQUOT: "No space left for you on its disk",
  EFBIG: "Larger than a file may be there",
  EIO: "Its disk fails",
};

function unwritable(file: string, error: unknown): BadInputError | WriteFailedError {
  const code = (error as NodeJS.ErrnoException).code;
  const failure = failures[code ?? ""];
  if (failure !== undefined) return new WriteFailedError(`${file}: ${failure}`, { file }, { cause: error });
  const why = reasons[code ?? ""] ?? `Could not be written (${code ?? String(error)})`;
  return new BadInputError(`${file}: ${why}`, { where: file }, { cause: error });
}
