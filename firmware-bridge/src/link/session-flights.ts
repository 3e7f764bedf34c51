import { encodeHostLine } from "./line.ts";
import { REMEMBERED_ANSWERS, RING_BYTES } from "./link-timing.ts";
import { greet } from "./session-greeting.ts";
import type { Flight, LinkFailure } from "./session-state.ts";
import { count, reject, setTimer, type Turn, write } from "./session-turn.ts";

/** Sets the timer to the longest that an answer under way may take. */
export function awaitAnswer(turn: Turn): void {
  const { flights, timing } = turn;
  if (flights.length === 0) setTimer(turn);
  else setTimer(turn, Math.max(...flights.map(({ request }) => request.seconds ?? timing.answerSeconds)));
}

function writeLine(turn: Turn, seq: number, line: string): void {
  write(turn, line);
  turn.flights = turn.flights.map((flight) => {
    if (flight.seq === seq) return { ...flight, last: turn.counters.written };
    return flight.after.includes(seq) ? flight : { ...flight, after: [...flight.after, seq] };
  });
}

/** Whether the board would still remember every line under way if one more, and all of them again, came after each. */
function isRemembered({ flights }: Turn): boolean {
  return flights.every((flight) => {
    const others = flights.filter(({ seq }) => seq !== flight.seq && !flight.after.includes(seq));
    return 1 + flight.after.length + others.length + 1 <= REMEMBERED_ANSWERS;
  });
}

/** Writes as many waiting requests as window, memory and ring of the board allow. */
export function fill(turn: Turn): void {
  if (turn.phase !== "ready") return;
  const wasIdle = turn.flights.length === 0;
  while (turn.flights.length < turn.timing.window && isRemembered(turn)) {
    const [request] = turn.waiting;
    if (request === undefined) break;
    const seq = turn.nextSeq;
    const line = encodeHostLine(seq, request.command);
    const bytes = turn.flights.reduce((sum, flight) => sum + flight.line.length, line.length);
    if (turn.flights.length > 0 && bytes > RING_BYTES) break;
    const first = turn.counters.written + 1;
    turn.flights = [...turn.flights, { request, seq, line, first, last: 0, after: [], repeats: 0, resyncs: 0 }];
    writeLine(turn, seq, line);
    turn.waiting = turn.waiting.slice(1);
    turn.nextSeq = (seq + 1) & 0xff;
    turn.hello = { ...turn.hello, seq: -1 };
  }
  if (wasIdle && turn.flights.length > 0) awaitAnswer(turn);
}

/** Writes the chosen flights again; one that was repeated often enough is a reason to resynchronise instead. */
export function repeat(turn: Turn, lost: readonly Flight[]): void {
  const { timing } = turn;
  if (lost.some(({ repeats }) => repeats >= timing.repeats)) {
    count(turn, "resyncs");
    const isSpent = ({ repeats, resyncs }: Flight): boolean => repeats >= timing.repeats && resyncs >= timing.resyncs;
    const failure: LinkFailure = { kind: "unreachable", reason: "a line was never answered" };
    for (const flight of turn.flights) if (isSpent(flight)) reject(turn, flight.request.id, failure);
    turn.flights = turn.flights.filter((flight) => !isSpent(flight));
    return greet(turn);
  }
  for (const { seq, line } of lost) {
    count(turn, "repeated");
    turn.flights = turn.flights.map((flight) => (flight.seq === seq ? { ...flight, repeats: flight.repeats + 1 } : flight));
    writeLine(turn, seq, line);
  }
  awaitAnswer(turn);
}
