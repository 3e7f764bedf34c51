import { AbortedError, BadInputError, OhmworkError } from "@ohmwork/core";
import { TrainingError } from "@ohmwork/learning";
import type { CrossedError } from "./training-messages.ts";

/** An error that was thrown on the other side of a thread, where it has no class of its own here. */
export class ThreadError extends OhmworkError<{ name: string }> {
  readonly code = "training-failed";
}

export function crossed(error: unknown): CrossedError {
  if (!(error instanceof Error)) return { name: "Error", message: String(error) };
  const { name, message } = error;
  return { name, message, ...(error instanceof OhmworkError && { code: error.code }) };
}

/** The error that crossed: of the kinds by which a training decides whether to go on, or one that names what it was. */
export function uncrossed({ name, message, code }: CrossedError): Error {
  switch (name) {
    case "RangeError":
      return new RangeError(message);
    case "TypeError":
      return new TypeError(message);
  }
  switch (code) {
    case "aborted":
      return new AbortedError("Training");
    case "bad-input":
      return new BadInputError(message);
    case "training-failed":
      return new TrainingError(message, { step: 0 });
    default:
      return new ThreadError(message, { name });
  }
}
