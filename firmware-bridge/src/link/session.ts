import { type BoardIdentity, parseIdentity } from "./board-identity.ts";
import { type BoardLine, decodeBoardLine, encodeHostLine, type BadLine } from "./line.ts";
import { type LinkTiming, PROTOCOL, REMEMBERED_ANSWERS, RING_BYTES } from "./link-timing.ts";

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
type Flight = {
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

export function createSession(timing: LinkTiming): SessionState {
  if (!Number.isInteger(timing.window) || timing.window < 1 || timing.window > REMEMBERED_ANSWERS) {
    throw new RangeError(`Window must be 1 to ${REMEMBERED_ANSWERS} lines: ${timing.window}`);
  }
  const counters = { written: 0, repeated: 0, answered: 0, strays: 0, badLines: 0, refusedLines: 0, resyncs: 0, resets: 0 };
  const hello = { seq: -1, writes: 0 };
  return {
    timing,
    phase: "closed",
    nextSeq: 0,
    hello,
    waiting: [],
    flights: [],
    identity: undefined,
    isCleared: false,
    counters,
  };
}

/**
 * One step of the host's side of the link: a pure function of the state and of what happened.
 *
 * A line is carried out once although it may be written often: the board remembers the last four that it carried out, HELLO aside,
 * and no line is written while three others may have been carried out after one that has no answer yet.
 */
export function stepSession(state: SessionState, input: SessionInput): { state: SessionState; effects: SessionEffect[] } {
  const effects: SessionEffect[] = [];
  let { phase, nextSeq, hello, waiting, flights, identity, isCleared, counters } = state;
  const { timing } = state;

  const count = (name: keyof LinkCounters): void => void (counters = { ...counters, [name]: counters[name] + 1 });
  const report = (event: LinkEvent): void => void effects.push({ kind: "event", event });
  const setTimer = (seconds?: number): void => {
    effects.push(seconds === undefined ? { kind: "timer" } : { kind: "timer", seconds });
  };
  const write = (line: string): void => {
    count("written");
    effects.push({ kind: "write", line });
  };
  const awaitAnswer = (): void =>
    flights.length === 0
      ? setTimer()
      : setTimer(Math.max(...flights.map(({ request }) => request.seconds ?? timing.answerSeconds)));

  const rejectAll = (failure: LinkFailure): void => {
    for (const { request } of flights) effects.push({ kind: "reject", id: request.id, failure });
    for (const { id } of waiting) effects.push({ kind: "reject", id, failure });
    flights = [];
    waiting = [];
  };

  const giveUp = (reason: string): void => {
    rejectAll({ kind: "unreachable", reason });
    phase = "closed";
    setTimer();
    report({ kind: "lost" });
    effects.push({ kind: "reopen" });
  };
  const sayHello = (): void => {
    if (hello.writes >= timing.hellos) return giveUp(`no answer to ${timing.hellos} HELLO`);
    // One number for all of a row, so that no row of them, however long, comes round to a number under way.
    const isFresh = hello.seq < 0;
    hello = { ...hello, seq: isFresh ? nextSeq : hello.seq, writes: hello.writes + 1 };
    if (isFresh) nextSeq = (nextSeq + 1) & 0xff;
    write(encodeHostLine(hello.seq, "HELLO"));
    setTimer(timing.helloSeconds);
  };
  const greet = (): void => {
    phase = "greeting";
    hello = { ...hello, writes: 0 };
    sayHello();
  };

  const writeLine = (seq: number, line: string): void => {
    write(line);
    flights = flights.map((flight) => {
      if (flight.seq === seq) return { ...flight, last: counters.written };
      return flight.after.includes(seq) ? flight : { ...flight, after: [...flight.after, seq] };
    });
  };

  /** Whether the board would still remember every line under way if one more, and all of them again, came after each. */
  const isRemembered = (): boolean =>
    flights.every((flight) => {
      const others = flights.filter(({ seq }) => seq !== flight.seq && !flight.after.includes(seq));
      return 1 + flight.after.length + others.length + 1 <= REMEMBERED_ANSWERS;
    });

  const fill = (): void => {
    if (phase !== "ready") return;
    const wasIdle = flights.length === 0;
    while (flights.length < timing.window && isRemembered()) {
      const [request] = waiting;
      if (request === undefined) break;
      const line = encodeHostLine(nextSeq, request.command);
      const bytes = flights.reduce((sum, flight) => sum + flight.line.length, line.length);
      if (flights.length > 0 && bytes > RING_BYTES) break;
      flights = [
        ...flights,
        { request, seq: nextSeq, line, first: counters.written + 1, last: 0, after: [], repeats: 0, resyncs: 0 },
      ];
      writeLine(nextSeq, line);
      waiting = waiting.slice(1);
      nextSeq = (nextSeq + 1) & 0xff;
      hello = { ...hello, seq: -1 };
    }
    if (wasIdle && flights.length > 0) awaitAnswer();
  };

  /** Writes the chosen flights again; one that was repeated often enough is a reason to resynchronise instead. */
  const repeat = (lost: readonly Flight[]): void => {
    if (lost.some(({ repeats }) => repeats >= timing.repeats)) {
      count("resyncs");
      const isSpent = ({ repeats, resyncs }: Flight): boolean => repeats >= timing.repeats && resyncs >= timing.resyncs;
      const failure: LinkFailure = { kind: "unreachable", reason: "a line was never answered" };
      for (const flight of flights) if (isSpent(flight)) effects.push({ kind: "reject", id: flight.request.id, failure });
      flights = flights.filter((flight) => !isSpent(flight));
      return greet();
    }
    for (const { seq, line } of lost) {
      count("repeated");
      flights = flights.map((flight) => (flight.seq === seq ? { ...flight, repeats: flight.repeats + 1 } : flight));
      writeLine(seq, line);
    }
    awaitAnswer();
  };

  const boardStarted = (now: BoardIdentity | undefined): void => {
    count("resets");
    rejectAll({ kind: "reset" });
    report({ kind: "reset", identity: now });
  };
  const isAnother = (now: BoardIdentity): boolean =>
    identity !== undefined && (identity.epoch !== now.epoch || identity.build !== now.build);
  /** Learns who is there; a changed epoch is a reset that nobody announced, or whose announcement was lost. */
  const meet = (now: BoardIdentity): void => {
    const isNew = isAnother(now);
    identity = now;
    if (isNew) boardStarted(now);
  };

  const greeted = (fields: readonly string[]): void => {
    const now = parseIdentity(fields);
    if (now === undefined) return giveUp(`it says ${fields.join(" ")}`);
    if (now.protocol !== PROTOCOL) return giveUp(`it speaks protocol ${now.protocol}, not ${PROTOCOL}`);
    if (!isCleared) {
      // The board may remember lines of the host before this one: as many as it remembers drive them out.
      isCleared = true;
      waiting = [...Array.from({ length: REMEMBERED_ANSWERS }, (_, i) => ({ id: -1 - i, command: "STATS" })), ...waiting];
    }
    meet(now);
    phase = "ready";
    setTimer();
    report({ kind: "ready", identity: now });
    for (const { request, refusal } of flights) {
      if (refusal !== undefined) effects.push({ kind: "reject", id: request.id, failure: refusal });
    }
    const again = flights
      .filter(({ refusal }) => refusal === undefined)
      .map((flight) => ({ ...flight, repeats: 0, resyncs: flight.resyncs + 1 }));
    flights = again;
    if (again.length > 0) repeat(again);
    fill();
  };

  const answered = (line: Exclude<BoardLine, { kind: "event" }>): void => {
    if (phase === "greeting" && line.seq === hello.seq && line.kind === "answer") return greeted(line.fields);
    const flight = flights.find(({ seq }) => seq === line.seq);
    if (flight === undefined) return count("strays");
    count("answered");
    const { id, command } = flight.request;
    if (line.kind === "refusal") {
      const refusal: LinkFailure = { kind: "refused", refusal: line.code, detail: line.detail };
      if (line.code === "ORDER") {
        // A board that started anew has forgotten what it was told, and the line that announced it may have been lost.
        flights = flights.map((other) => (other === flight ? { ...flight, refusal } : other));
        return phase === "ready" ? greet() : undefined;
      }
      effects.push({ kind: "reject", id, failure: refusal });
    } else {
      const now = command === "HELLO" ? parseIdentity(line.fields) : undefined;
      if (now !== undefined && isAnother(now)) {
        meet(now);
        return phase === "ready" ? greet() : undefined;
      }
      effects.push({ kind: "resolve", id, fields: line.fields });
    }
    flights = flights.filter((other) => other !== flight);
    if (phase !== "ready") return;
    // The board answers in order: what was last written before this line and has no answer was lost on the way.
    const lost = flights.filter(({ last }) => last < flight.first);
    if (lost.length > 0) repeat(lost);
    else awaitAnswer();
    fill();
  };

  const unasked = (name: string, fields: readonly string[]): void => {
    if (name === "BAD") count("refusedLines");
    if (name !== "HELLO") return report({ kind: "board", name, fields });
    const now = parseIdentity(fields);
    if (identity !== undefined && now !== undefined && now.epoch === identity.epoch && now.build === identity.build) return;
    if (now !== undefined) meet(now);
    else if (identity !== undefined) {
      identity = undefined;
      boardStarted(undefined);
    }
    if (phase !== "closed") greet();
  };

  const received = (text: string): void => {
    if (phase === "closed" || text === "" || text === "\r") return;
    const decoded = decodeBoardLine(text);
    if (!decoded.ok) {
      count("badLines");
      return report({ kind: "bad-line", reason: decoded.reason });
    }
    const { line } = decoded;
    if (line.kind === "event") unasked(line.name, line.fields);
    else answered(line);
  };

  const timedOut = (): void => {
    if (phase === "closed") return rejectAll({ kind: "unreachable", reason: `no port for ${timing.awaySeconds} s` });
    if (phase === "greeting") return sayHello();
    const oldest = flights[0];
    if (oldest !== undefined) repeat([oldest]);
  };

  switch (input.kind) {
    case "opened":
      greet();
      break;
    case "closed":
      if (phase === "closed") break;
      phase = "closed";
      report({ kind: "lost" });
      if (flights.length + waiting.length > 0) setTimer(timing.awaySeconds);
      else setTimer();
      break;
    case "line":
      received(input.text);
      break;
    case "submit":
      waiting = [...waiting, input.request];
      if (phase === "closed" && flights.length + waiting.length === 1) setTimer(timing.awaySeconds);
      fill();
      break;
    case "cancel":
      waiting = waiting.filter(({ id }) => id !== input.id);
      break;
    case "timer":
      timedOut();
      break;
    default:
      input satisfies never;
  }
  return { state: { timing, phase, nextSeq, hello, waiting, flights, identity, isCleared, counters }, effects };
}
