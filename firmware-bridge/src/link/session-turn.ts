import type { LinkCounters, LinkEvent, LinkFailure, SessionEffect, SessionState } from "./session-state.ts";

/** One step of a session while it is made: the state that it ends in, and what it has the host do. */
export type Turn = { -readonly [Key in keyof SessionState]: SessionState[Key] } & { readonly effects: SessionEffect[] };

export function createTurn(state: SessionState): Turn {
  return { ...state, effects: [] };
}

export function endTurn({ effects, ...state }: Turn): { state: SessionState; effects: SessionEffect[] } {
  return { state, effects };
}

export function count(turn: Turn, name: keyof LinkCounters): void {
  turn.counters = { ...turn.counters, [name]: turn.counters[name] + 1 };
}

export function report(turn: Turn, event: LinkEvent): void {
  turn.effects.push({ kind: "event", event });
}

export function reject(turn: Turn, id: number, failure: LinkFailure): void {
  turn.effects.push({ kind: "reject", id, failure });
}

/** Without `seconds` there is no timer any more. */
export function setTimer(turn: Turn, seconds?: number): void {
  turn.effects.push(seconds === undefined ? { kind: "timer" } : { kind: "timer", seconds });
}

export function write(turn: Turn, line: string): void {
  count(turn, "written");
  turn.effects.push({ kind: "write", line });
}

/** Every request fails, whether it was written or not. */
export function rejectAll(turn: Turn, failure: LinkFailure): void {
  for (const { request } of turn.flights) reject(turn, request.id, failure);
  for (const { id } of turn.waiting) reject(turn, id, failure);
  turn.flights = [];
  turn.waiting = [];
}
