import { rename, rm, writeFile } from "node:fs/promises";
import { BadInputError } from "@ohmwork/core";

/**
 * Writes a file that a user named: it is there whole, or as it was before.
 *
 * @throws BadInputError in one line when it cannot be written
 */
export async function writeUserFile(file: string, bytes: Uint8Array): Promise<void> {
  const part = `${file}.${process.pid}.part`;
  try {
    await writeFile(part, bytes, { flush: true });
    await rename(part, file);
  } catch (error) {
    await rm(part, { force: true });
    const code = (error as NodeJS.ErrnoException).code;
    const why =
      { ENOENT: "No such folder", ENOTDIR: "No such folder", EISDIR: "Is a folder", EACCES: "May not be written" }[code ?? ""] ??
      `Could not be written (${code ?? String(error)})`;
    throw new BadInputError(`${file}: ${why}`, { where: file }, { cause: error });
  }
}
