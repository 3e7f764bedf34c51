import { mkdirSync } from "node:fs";
import { BadInputError } from "@ohmwork/core";

/** Makes a folder for state, for its owner only, if it is not there. @throws BadInputError when it cannot be made */
export function stateFolder(folder: string): string {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (cause) {
    const why = { EEXIST: "Is a file, expected a folder", EACCES: "May not be written", ENOTDIR: "Lies below a file" }[
      (cause as NodeJS.ErrnoException).code ?? ""
    ];
    throw new BadInputError(`--state ${folder}: ${why ?? (cause as Error).message}`, { where: folder }, { cause });
  }
  return folder;
}
