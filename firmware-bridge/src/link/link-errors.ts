import { OhmworkError } from "@ohmwork/core";

/** No board answers: nothing is plugged in, another program holds the port, or what is there does not speak this protocol. */
export class BoardUnreachableError extends OhmworkError<{ port: string }> {
  readonly code = "board-unreachable";
}

/** The board started anew while it had work: what it was told is lost, what its wipers stand at is not. */
export class BoardResetError extends OhmworkError<{ port: string }> {
  readonly code = "board-reset";
}

/** The board understood a command and refused it. */
export class BoardRefusedError extends OhmworkError<{ command: string; refusal: string; detail: string }> {
  readonly code = "board-refused";
}
