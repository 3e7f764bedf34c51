import { readFile, stat } from "node:fs/promises";
import { BadInputError } from "@ohmwork/core";

/** Larger than any table or network that is read whole [bytes]. */
const LARGEST_FILE = 256 * 1024 * 1024;

/** Text of a file that a user named. @throws BadInputError in one line when it cannot be read as UTF-8 text */
export async function readUserFile(file: string): Promise<string> {
  const bytes = await readUserBytes(file);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new BadInputError(`${file}: Not UTF-8 text`, { where: file }, { cause });
  }
}

/** Bytes of a file that a user named. @throws BadInputError in one line when it cannot be read */
export async function readUserBytes(file: string): Promise<Uint8Array> {
  try {
    const { size } = await stat(file);
    if (size > LARGEST_FILE) throw new BadInputError(`${file}: File too large: ${size} bytes, limit ${LARGEST_FILE}`);
    return await readFile(file);
  } catch (error) {
    if (error instanceof BadInputError) throw error;
    const code = (error as NodeJS.ErrnoException).code;
    const why =
      { ENOENT: "No such file", EISDIR: "Is a folder, expected a file", EACCES: "May not be read" }[code ?? ""] ??
      `Could not be read (${code ?? String(error)})`;
    throw new BadInputError(`${file}: ${why}`, { where: file }, { cause: error });
  }
}
