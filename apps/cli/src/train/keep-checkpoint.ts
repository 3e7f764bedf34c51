import { stat } from "node:fs/promises";
import { BadInputError, type Clock } from "@ohmwork/core";
import type { TrainingState } from "@ohmwork/learning";
import { readUserBytes } from "../read-user-file.ts";
import { expectWritable, writeUserFile } from "../write-user-file.ts";
import { encodeCheckpoint, isCheckpoint, type TrainingName } from "./checkpoint.ts";

/** What a training that ends without warning loses at most, besides the time to write a file [s]. */
const PAUSE_SECONDS = 10;

/** Keeps the last state of a training in a file. */
export type CheckpointKeeper = {
  /** Writes the state if the last one was written a while ago. */
  readonly offer: (state: TrainingState) => Promise<void>;
  /** Writes the last state that was offered, if it is not there yet, and tells whether there is a file. */
  readonly keep: () => Promise<boolean>;
};

/**
 * Asks before a training whether its state may be put into a file.
 *
 * @throws BadInputError in one line when it cannot be written, or holds something that is no checkpoint
 */
export async function expectCheckpoint(file: string): Promise<void> {
  await expectWritable(file);
  const found = await stat(file).catch(() => undefined);
  if (found === undefined || (found.isFile() && found.size === 0)) return;
  if (!found.isFile() || !isCheckpoint(await readUserBytes(file)))
    throw new BadInputError(`${file}: Not a checkpoint of a training, which would be lost: expected another name`, {
      where: file,
    });
}

/** How to go on from a state, for who was stopped. */
export function howToGoOn(file: string): string {
  const word = /^[\w./+:-]+$/.test(file) ? file : `'${file.replaceAll("'", String.raw`'\''`)}'`;
  return `to go on, the same command with --resume ${word}`;
}

/** @param file where to; nowhere when absent */
export function keepCheckpoint(file: string | undefined, of: TrainingName, clock: Pick<Clock, "monotonic">): CheckpointKeeper {
  let last: TrainingState | undefined;
  let kept = false;
  let written = Number.NEGATIVE_INFINITY; // a file that cannot be written is told of at once
  const keep = async (): Promise<boolean> => {
    if (file === undefined || last === undefined) return kept;
    await writeUserFile(file, encodeCheckpoint(of, last));
    last = undefined;
    written = clock.monotonic();
    kept = true;
    return true;
  };
  return {
    offer: async (state) => {
      last = state;
      if (clock.monotonic() - written >= PAUSE_SECONDS) await keep();
    },
    keep,
  };
}
