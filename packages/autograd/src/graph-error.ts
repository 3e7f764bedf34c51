import { OhmworkError } from "@ohmwork/core";

/** A graph is corrupt, uses what is not supported, or its shapes disagree; the message names the node and what was expected. */
export class GraphError extends OhmworkError<{ node?: string }> {
  readonly code = "graph-invalid";
  constructor(message: string, details: { node?: string } = {}, options?: ErrorOptions) {
    super(message, details, options);
  }
}
