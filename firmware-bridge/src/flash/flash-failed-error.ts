import { OhmworkError } from "@ohmwork/core";

/** Firmware could not be written to a board, or did not read back as it was written. */
export class FlashFailedError extends OhmworkError<{ address?: number }> {
  readonly code = "flash-failed";
}
