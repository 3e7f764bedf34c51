import { OhmworkError } from "@ohmwork/core";

/** A bench was tested, and something on it is wrong. */
export class BenchFaultyError extends OhmworkError<{ findings: number }> {
  readonly code = "bench-faulty";
}
