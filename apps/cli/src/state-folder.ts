import { mkdirSync } from "node:fs";
import { BadInputError } from "@ohmwork/core";

/**
 * Makes the folder that an option names if it is not there, one for state for its owner only.
 *
 * @throws BadInputError when it cannot be made
 */
export function stateFolder(folder: string, option = "--state"): string {
  try {
    mkdirSync(folder, { recursive: true, mode: option === "--state" ? 0o700 : 0o777 });
  } catch (cause) {
    const why = { EEXIST: "Is a file, expected a folder", EACCES: "May not be written", ENOTDIR: "Lies below a file" }[
      (cause as NodeJS.ErrnoException).code ?? ""
    ];
    throw new BadInputError(`${option} ${folder}: ${why ?? (cause as Error).message}`, { where: folder }, { cause });
  }
  return folder;
}
