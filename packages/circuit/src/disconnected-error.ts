import { OhmworkError } from "@ohmwork/core";

/** A node has no conducting path to any fixed voltage, so its voltage is undefined. */
export class DisconnectedError extends OhmworkError<{ node: string }> {
  readonly code = "circuit-disconnected";
  constructor(node: string) {
    super(`Node "${node}" has no path to a fixed voltage, so its voltage is undefined`, { node });
  }
}
