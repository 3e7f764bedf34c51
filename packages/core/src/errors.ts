/** The code an error of this project carries. */
export type ErrorCode =
  | "bad-input"
  | "circuit-disconnected"
  | "solver-diverged"
  | "port-range"
  | "broker-unreachable"
  | "store-failed"
  | "deadline-exceeded"
  | "samples-lost"
  | "agent-unfit"
  | "contract-broken"
  | "board-unreachable"
  | "board-reset"
  | "board-refused"
  | "bench-faulty"
  | "flash-failed"
  | "download-failed"
  | "graph-invalid"
  | "training-failed"
  | "device-refused"
  | "update-failed"
  | "trainer-unreachable"
  | "run-lost"
  | "runtime-missing"
  | "write-failed"
  | "aborted";

/**
 * Every code an error of this project can carry, with what it means and what the command line exits with
 * (1 failed, 2 bad input, 3 a disk that takes no more, 130 interrupted). `docs/errors.md` is generated from this table.
 */
export const errorCatalogue: Readonly<Record<ErrorCode, { exit: 1 | 2 | 3 | 130; meaning: string }>> = {
  "bad-input": { exit: 2, meaning: "A file, an option or a value given by the user is not what was expected there" },
  "circuit-disconnected": {
    exit: 2,
    meaning: "A node of a network has no path to any fixed voltage, so its voltage is undefined",
  },
  "solver-diverged": { exit: 1, meaning: "A nonlinear solve did not reach its tolerance" },
  "port-range": { exit: 1, meaning: "A value offered to a physical system lies outside the range its port declares" },
  "broker-unreachable": { exit: 1, meaning: "No MQTT broker answered at the given address" },
  "store-failed": { exit: 1, meaning: "The database could not be opened or written" },
  "samples-lost": { exit: 1, meaning: "An agent that was to end after its run could not deliver every sample" },
  "agent-unfit": { exit: 1, meaning: "Something that an agent needs is missing or not as it should be" },
  "deadline-exceeded": { exit: 1, meaning: "Something that was waited for did not happen in time" },
  "contract-broken": { exit: 1, meaning: "A physical system does not keep the contract every physical system keeps" },
  "board-unreachable": { exit: 1, meaning: "No board with the Ohmwork firmware answered at the given port" },
  "board-reset": { exit: 1, meaning: "A board started anew while it had work, and could not be brought back to where it was" },
  "board-refused": { exit: 1, meaning: "A board understood a command and refused it" },
  "bench-faulty": { exit: 1, meaning: "A bench was tested, and something on it is wired wrongly or broken" },
  "flash-failed": { exit: 1, meaning: "Firmware could not be written to a board, or did not read back as it was written" },
  "graph-invalid": { exit: 2, meaning: "An ONNX graph is corrupt, uses what is not supported, or its shapes disagree" },
  "download-failed": { exit: 1, meaning: "A data set could not be fetched whole from any place that has it" },
  "training-failed": { exit: 1, meaning: "A training could not go on: its device fails, or nothing that comes is a number" },
  "device-refused": { exit: 1, meaning: "A device of a fleet does not do what a run asks of it" },
  "update-failed": { exit: 1, meaning: "A device that was sent an update did not come to have it" },
  "trainer-unreachable": {
    exit: 1,
    meaning: "No trainer answered at the given HTTP address, or it could not do what it was asked",
  },
  "run-lost": { exit: 1, meaning: "A run was given to another worker, or taken away, while this one worked on it" },
  "runtime-missing": { exit: 1, meaning: "ONNX Runtime, which runs graphs, could not be loaded on this machine" },
  "write-failed": { exit: 3, meaning: "A file could not be written whole: its disk is full, or fails" },
  aborted: { exit: 130, meaning: "The work was stopped from outside before its end" },
};

/** The base of every error that a caller may want to catch: a literal code, typed details, and a cause. */
export abstract class OhmworkError<Details = unknown> extends Error {
  abstract readonly code: ErrorCode;
  readonly details: Details;

  constructor(message: string, details: Details, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.details = details;
  }
}

/** What a user gave is not what was expected. The message says what, where and what was expected, in one line. */
export class BadInputError extends OhmworkError<{ where?: string; line?: number }> {
  readonly code = "bad-input";
  constructor(message: string, details: { where?: string; line?: number } = {}, options?: ErrorOptions) {
    super(message, details, options);
  }
}

/** A value lies outside the window of a port. */
export class PortRangeError extends OhmworkError<{ port: string; index: number; value: number; min: number; max: number }> {
  readonly code = "port-range";
}

/** The work was stopped from outside. */
export class AbortedError extends OhmworkError<{ what: string }> {
  readonly code = "aborted";
  constructor(what: string, options?: ErrorOptions) {
    super(`${what} was stopped before its end`, { what }, options);
  }
}

/** Something that was waited for did not happen in time. */
export class DeadlineExceededError extends OhmworkError<{ what: string; seconds: number }> {
  readonly code = "deadline-exceeded";
  constructor(what: string, seconds: number) {
    super(`${what} did not happen within ${seconds} s`, { what, seconds });
  }
}

/** Exit code of the command line for any thrown value. */
export function exitCodeOf(error: unknown): 1 | 2 | 3 | 130 {
  return error instanceof OhmworkError ? errorCatalogue[error.code].exit : 1;
}
