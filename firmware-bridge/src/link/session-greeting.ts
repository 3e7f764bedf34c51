import type { BoardIdentity } from "./board-identity.ts";
import { encodeHostLine } from "./line.ts";
import { count, rejectAll, report, setTimer, type Turn, write } from "./session-turn.ts";

/** Nobody answers here, or nobody who speaks this protocol: every request fails, and the port is opened anew. */
export function giveUp(turn: Turn, reason: string): void {
  rejectAll(turn, { kind: "unreachable", reason });
  turn.phase = "closed";
  setTimer(turn);
  report(turn, { kind: "lost" });
  turn.effects.push({ kind: "reopen" });
}

/** Writes one more HELLO, unless enough of them went unanswered. */
export function sayHello(turn: Turn): void {
  const { hello, timing } = turn;
  if (hello.writes >= timing.hellos) return giveUp(turn, `no answer to ${timing.hellos} HELLO`);
  // One number for all of a row, so that no row of them, however long, comes round to a number under way.
  const isFresh = hello.seq < 0;
  const seq = isFresh ? turn.nextSeq : hello.seq;
  turn.hello = { seq, writes: hello.writes + 1 };
  if (isFresh) turn.nextSeq = (turn.nextSeq + 1) & 0xff;
  write(turn, encodeHostLine(seq, "HELLO"));
  setTimer(turn, timing.helloSeconds);
}

/** Asks who is there, before anything else is written. */
export function greet(turn: Turn): void {
  turn.phase = "greeting";
  turn.hello = { ...turn.hello, writes: 0 };
  sayHello(turn);
}

/** Whether somebody else is known: another board, or this one before it started anew. */
export function isAnother({ identity }: Turn, now: BoardIdentity): boolean {
  return identity !== undefined && (identity.epoch !== now.epoch || identity.build !== now.build);
}

/** Learns who is there; a changed epoch is a reset that nobody announced, or whose announcement was lost. */
export function meet(turn: Turn, now: BoardIdentity): void {
  const isNew = isAnother(turn, now);
  turn.identity = now;
  if (isNew) boardStarted(turn);
}

/** Whoever is there now has forgotten what it was told: everything asked of it fails. */
export function boardStarted(turn: Turn): void {
  count(turn, "resets");
  rejectAll(turn, { kind: "reset" });
  report(turn, { kind: "reset", identity: turn.identity });
}
