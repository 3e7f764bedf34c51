import { OhmworkError } from "@ohmwork/core";

/** A training cannot go on: its device fails, or nothing that comes is a number. The state before it is kept by who asked. */
export class TrainingError extends OhmworkError<{ step: number }> {
  readonly code = "training-failed";
}
