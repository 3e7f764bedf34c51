import { parseIdentity } from "./board-identity.ts";
import { type BoardLine, decodeBoardLine } from "./line.ts";
import { type LinkTiming, PROTOCOL, REMEMBERED_ANSWERS } from "./link-timing.ts";
import { awaitAnswer, fill, repeat } from "./session-flights.ts";
import { boardStarted, giveUp, greet, isAnother, meet, sayHello } from "./session-greeting.ts";
import type { LinkFailure, SessionEffect, SessionInput, SessionState } from "./session-state.ts";
import { count, createTurn, endTurn, reject, rejectAll, report, setTimer, type Turn } from "./session-turn.ts";

export function createSession(timing: LinkTiming): SessionState {
  if (!Number.isInteger(timing.window) || timing.window < 1 || timing.window > REMEMBERED_ANSWERS) {
    throw new RangeError(`Window must be 1 to ${REMEMBERED_ANSWERS} lines: ${timing.window}`);
  }
  return {
    timing,
    phase: "closed",
    nextSeq: 0,
    hello: { seq: -1, writes: 0 },
    waiting: [],
    flights: [],
    identity: undefined,
    isCleared: false,
    counters: { written: 0, repeated: 0, answered: 0, strays: 0, badLines: 0, refusedLines: 0, resyncs: 0, resets: 0 },
  };
}

/**
 * One step of the host's side of the link: a pure function of the state and of what happened.
 *
 * A line is carried out once although it may be written often: the board remembers the last four that it carried out, HELLO aside,
 * and no line is written while three others may have been carried out after one that has no answer yet.
 */
export function stepSession(state: SessionState, input: SessionInput): { state: SessionState; effects: SessionEffect[] } {
  const turn = createTurn(state);
  switch (input.kind) {
    case "opened":
      greet(turn);
      break;
    case "closed":
      closed(turn);
      break;
    case "line":
      received(turn, input.text);
      break;
    case "submit":
      turn.waiting = [...turn.waiting, input.request];
      if (turn.phase === "closed" && turn.flights.length + turn.waiting.length === 1) setTimer(turn, turn.timing.awaySeconds);
      fill(turn);
      break;
    case "cancel":
      turn.waiting = turn.waiting.filter(({ id }) => id !== input.id);
      break;
    case "timer":
      timedOut(turn);
      break;
    default:
      input satisfies never;
  }
  return endTurn(turn);
}

function closed(turn: Turn): void {
  if (turn.phase === "closed") return;
  turn.phase = "closed";
  report(turn, { kind: "lost" });
  if (turn.flights.length + turn.waiting.length > 0) setTimer(turn, turn.timing.awaySeconds);
  else setTimer(turn);
}

function timedOut(turn: Turn): void {
  const { phase, timing, flights } = turn;
  if (phase === "closed") return rejectAll(turn, { kind: "unreachable", reason: `no port for ${timing.awaySeconds} s` });
  if (phase === "greeting") return sayHello(turn);
  const [oldest] = flights;
  if (oldest !== undefined) repeat(turn, [oldest]);
}

function received(turn: Turn, text: string): void {
  if (turn.phase === "closed" || text === "" || text === "\r") return;
  const decoded = decodeBoardLine(text);
  if (!decoded.ok) {
    count(turn, "badLines");
    return report(turn, { kind: "bad-line", reason: decoded.reason });
  }
  const { line } = decoded;
  if (line.kind === "event") unasked(turn, line.name, line.fields);
  else answered(turn, line);
}

function unasked(turn: Turn, name: string, fields: readonly string[]): void {
  if (name === "BAD") count(turn, "refusedLines");
  if (name !== "HELLO") return report(turn, { kind: "board", name, fields });
  const now = parseIdentity(fields);
  if (turn.identity !== undefined && now !== undefined && !isAnother(turn, now)) return;
  if (now !== undefined) meet(turn, now);
  else if (turn.identity !== undefined) {
    turn.identity = undefined;
    boardStarted(turn);
  }
  if (turn.phase !== "closed") greet(turn);
}

function answered(turn: Turn, line: Exclude<BoardLine, { kind: "event" }>): void {
  if (turn.phase === "greeting" && line.seq === turn.hello.seq && line.kind === "answer") return greeted(turn, line.fields);
  const flight = turn.flights.find(({ seq }) => seq === line.seq);
  if (flight === undefined) return count(turn, "strays");
  count(turn, "answered");
  const { id, command } = flight.request;
  if (line.kind === "refusal") {
    const refusal: LinkFailure = { kind: "refused", refusal: line.code, detail: line.detail };
    if (line.code === "ORDER") {
      // A board that started anew has forgotten what it was told, and the line that announced it may have been lost.
      turn.flights = turn.flights.map((other) => (other === flight ? { ...flight, refusal } : other));
      return turn.phase === "ready" ? greet(turn) : undefined;
    }
    reject(turn, id, refusal);
  } else {
    const now = command === "HELLO" ? parseIdentity(line.fields) : undefined;
    if (now !== undefined && isAnother(turn, now)) {
      meet(turn, now);
      return turn.phase === "ready" ? greet(turn) : undefined;
    }
    turn.effects.push({ kind: "resolve", id, fields: line.fields });
  }
  turn.flights = turn.flights.filter((other) => other !== flight);
  if (turn.phase !== "ready") return;
  // The board answers in order: what was last written before this line and has no answer was lost on the way.
  const lost = turn.flights.filter(({ last }) => last < flight.first);
  if (lost.length > 0) repeat(turn, lost);
  else awaitAnswer(turn);
  fill(turn);
}

/** HELLO has its answer: work goes on, the lines under way first. */
function greeted(turn: Turn, fields: readonly string[]): void {
  const now = parseIdentity(fields);
  if (now === undefined) return giveUp(turn, `it says ${fields.join(" ")}`);
  if (now.protocol !== PROTOCOL) return giveUp(turn, `it speaks protocol ${now.protocol}, not ${PROTOCOL}`);
  if (!turn.isCleared) {
    // The board may remember lines of the host before this one: as many as it remembers drive them out.
    turn.isCleared = true;
    turn.waiting = [...Array.from({ length: REMEMBERED_ANSWERS }, (_, i) => ({ id: -1 - i, command: "STATS" })), ...turn.waiting];
  }
  meet(turn, now);
  turn.phase = "ready";
  setTimer(turn);
  report(turn, { kind: "ready", identity: now });
  for (const { request, refusal } of turn.flights) if (refusal !== undefined) reject(turn, request.id, refusal);
  const again = turn.flights
    .filter(({ refusal }) => refusal === undefined)
    .map((flight) => ({ ...flight, repeats: 0, resyncs: flight.resyncs + 1 }));
  turn.flights = again;
  if (again.length > 0) repeat(turn, again);
  fill(turn);
}
