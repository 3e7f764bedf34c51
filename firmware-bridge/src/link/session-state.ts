import type { BoardIdentity } from "./board-identity.ts";
import type { BadLine } from "./line.ts";
import type { LinkTiming } from "./link-timing.ts";

/** A command to be carried out once. `seconds`: how long its answer may take, where that is longer than usual. */
type LinkRequest = { readonly id: number; readonly command: string; readonly seconds?: number };

export type LinkCounters = {
  /** Lines written, repeats and HELLO included. */
  readonly written: number;
  readonly repeated: number;
  readonly answered: number;
  /** Answers to what was already answered, or never asked. */
  readonly strays: number;
  /** Lines of the board that were not taken. */
  readonly badLines: number;
  /** Lines of the host that the board says it did not take. */
  readonly refusedLines: number;
  readonly resyncs: number;
  readonly resets: number;
};

export type LinkFailure =
  | { readonly kind: "refused"; readonly refusal: string; readonly detail: string }
  | { readonly kind: "reset" }
  | { readonly kind: "unreachable"; readonly reason: string };

export type LinkEvent =
  | { readonly kind: "ready"; readonly identity: BoardIdentity }
  | { readonly kind: "reset"; readonly identity: BoardIdentity | undefined }
  | { readonly kind: "board"; readonly name: string; readonly fields: readonly string[] }
  | { readonly kind: "bad-line"; readonly reason: BadLine }
  | { readonly kind: "lost" };

export type SessionInput =
  | { readonly kind: "opened" }
  | { readonly kind: "closed" }
  | { readonly kind: "line"; readonly text: string }
  | { readonly kind: "submit"; readonly request: LinkRequest }
  | { readonly kind: "cancel"; readonly id: number }
  | { readonly kind: "timer" };

export type SessionEffect =
  | { readonly kind: "write"; readonly line: string }
  /** Replaces the one timer there is; without `seconds` there is none any more. */
  | { readonly kind: "timer"; readonly seconds?: number }
  | { readonly kind: "resolve"; readonly id: number; readonly fields: readonly string[] }
  | { readonly kind: "reject"; readonly id: number; readonly failure: LinkFailure }
  | { readonly kind: "event"; readonly event: LinkEvent }
  /** Nobody answers at this port: close it, and try to open it again. */
  | { readonly kind: "reopen" };

/**
 * A line written and not answered. `first` and `last` number its first and last writing among all; `after` are the numbers of other
 * lines written since its first, which the board may have carried out, and remembered, after it.
 */
export type Flight = {
  readonly request: LinkRequest;
  readonly seq: number;
  readonly line: string;
  readonly first: number;
  readonly last: number;
  readonly after: readonly number[];
  readonly repeats: number;
  readonly resyncs: number;
  /** `ERR ORDER`: true of this board, unless it turns out to have started anew. */
  readonly refusal?: LinkFailure;
};

export type SessionState = {
  readonly timing: LinkTiming;
  readonly phase: "closed" | "greeting" | "ready";
  readonly nextSeq: number;
  /** Number that the last HELLO went out with, -1 once a command has taken one since, and how often it was written. */
  readonly hello: { readonly seq: number; readonly writes: number };
  readonly waiting: readonly LinkRequest[];
  /** In the order of their numbers. */
  readonly flights: readonly Flight[];
  readonly identity: BoardIdentity | undefined;
  /** The board remembers nothing of an earlier host. */
  readonly isCleared: boolean;
  readonly counters: LinkCounters;
};
