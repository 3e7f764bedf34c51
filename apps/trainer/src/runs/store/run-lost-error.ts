import { OhmworkError } from "@ohmwork/core";

/** Whoever works on a run has it no longer: it was given to another worker, or is at its end. Nothing was written. */
export class RunLostError extends OhmworkError<{ run: string }> {
  readonly code = "run-lost";
  constructor(run: string) {
    super(`Run ${run} was given to another worker, or is at its end`, { run });
  }
}
