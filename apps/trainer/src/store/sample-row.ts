import type { Sample } from "@ohmwork/wire";
import type { Insertable } from "kysely";
import type { Tables } from "./tables.ts";

/** PostgreSQL takes no U+0000 and no half of a character in text. */
export const columnText = (text: string): string => text.replaceAll("\0", "\uFFFD").toWellFormed();

/** The row of a sample; `payload` is the message as it came. */
export function sampleRow(
  fleet: string,
  device: string,
  sample: Sample,
  payload: Uint8Array,
  receivedAt: number,
): Insertable<Tables["samples"]> {
  const { boot, seq, id, at, clockSynchronised, task, revision, parameters = null } = sample;
  return {
    fleet,
    device,
    boot,
    seq,
    id,
    at,
    clock_synchronised: clockSynchronised ? 1 : 0,
    task: columnText(task),
    revision,
    parameters,
    payload,
    received_at: receivedAt,
  };
}
