import { BadInputError, exitCodeOf, OhmworkError } from "@ohmwork/core";

/** Names the file in errors about what a user gave that come from where no file is known. */
export function withFile<T>(file: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof OhmworkError && exitCodeOf(error) === 2)
      throw new BadInputError(`${file}: ${error.message}`, { where: file }, { cause: error });
    throw error;
  }
}
