import { AbortedError, type Clock, Seconds, throwIfAborted, withDeadline } from "@ohmwork/core";
import { ReadlineParser } from "@serialport/parser-readline";
import type { BoardIdentity } from "./board-identity.ts";
import { LONGEST_LINE } from "./line.ts";
import { BoardRefusedError, BoardResetError, BoardUnreachableError } from "./link-errors.ts";
import { defaultLinkTiming, type LinkTiming } from "./link-timing.ts";
import type { LinkPort, PortBinding } from "./port.ts";
import { refusalText } from "./refusal-text.ts";
import { createSession, stepSession } from "./session.ts";
import type { LinkCounters, LinkEvent, LinkFailure, SessionEffect, SessionInput } from "./session-state.ts";

export type RequestOptions = {
  /** How long the answer may take, where that is longer than usual [s]. */
  readonly seconds?: number;
  readonly signal?: AbortSignal;
};

/** A link to a board that stays: it opens its port, and opens it again whenever it is lost. */
export interface BoardLink extends AsyncDisposable {
  /** Name of the port. */
  readonly name: string;
  /** Who answered last; undefined before the first HELLO. */
  readonly identity: BoardIdentity | undefined;
  readonly counters: LinkCounters;
  /**
   * Has the board carry out a command once, and gives the fields of its answer. Requests are sent in order, several under way.
   *
   * @throws BoardRefusedError when the board refuses it
   * @throws BoardResetError when the board started anew before it answered
   * @throws BoardUnreachableError when it never answers
   * @throws AbortedError when the signal fires or the link is disposed; a line already written may still be carried out
   */
  request(command: string, options?: RequestOptions): Promise<readonly string[]>;
  /**
   * Waits for the first HELLO.
   *
   * @throws BoardUnreachableError after `limit`, and at once when the port does not open
   */
  whenReady(limit: Seconds, signal?: AbortSignal): Promise<BoardIdentity>;
  /** Told of everything that happens on the link; returns what stops it. */
  onEvent(handler: (event: LinkEvent) => void): () => void;
}

/** Without a line feed in this many bytes, what came is cut off and counted as one bad line. */
const LONGEST_GARBAGE = 4 * LONGEST_LINE;

/** Opens a link over a port. Returns at once: requests wait for the board. */
export function openBoardLink(
  binding: PortBinding,
  options: { readonly clock: Clock; readonly timing?: Partial<LinkTiming> },
): BoardLink {
  const { clock } = options;
  const timing: LinkTiming = { ...defaultLinkTiming, ...options.timing };
  const { name } = binding;
  const requests = new Map<
    number,
    { command: string; resolve: (fields: readonly string[]) => void; reject: (error: Error) => void }
  >();
  const handlers = new Set<(event: LinkEvent) => void>();
  const stopping = new AbortController();
  const first = Promise.withResolvers<BoardIdentity>();
  let state = createSession(timing);
  let port: LinkPort | undefined;
  let timer: AbortController | undefined;
  let nextId = 0;
  let lastReason = "it is silent; is the Ohmwork firmware on it?";
  let opening: Promise<LinkPort> | undefined;

  const errorOf = (command: string, failure: LinkFailure): Error => {
    switch (failure.kind) {
      case "refused": {
        const { refusal, detail } = failure;
        const message = `Board on ${name} refused ${command}: ${refusalText(refusal, detail)}`;
        return new BoardRefusedError(message, { command, refusal, detail });
      }
      case "reset":
        return new BoardResetError(`Board on ${name} started anew before it answered ${command}`, {
          port: name,
        });
      case "unreachable":
        return new BoardUnreachableError(`No board answers on ${name}: ${failure.reason}`, { port: name });
      default:
        return failure satisfies never;
    }
  };

  const setTimer = (seconds: number | undefined): void => {
    timer?.abort();
    timer = undefined;
    if (seconds === undefined) return;
    if (stopping.signal.aborted) return; // a timer that nobody clears would keep a board of its own time running
    const mine = new AbortController();
    timer = mine;
    clock.sleep(Seconds(seconds), mine.signal).then(
      () => (timer === mine ? input({ kind: "timer" }) : undefined),
      () => undefined, // cleared
    );
  };

  const carryOut = (effect: SessionEffect): void => {
    switch (effect.kind) {
      case "write":
        // A failing write means the port has gone, and its source ends as well: that is where it is dealt with.
        port?.write(new TextEncoder().encode(effect.line)).catch(() => undefined);
        return;
      case "timer":
        return setTimer(effect.seconds);
      case "resolve":
      case "reject": {
        const request = requests.get(effect.id);
        requests.delete(effect.id);
        if (effect.kind === "resolve") request?.resolve(effect.fields);
        else request?.reject(errorOf(request.command, effect.failure));
        if (effect.kind === "reject" && effect.failure.kind === "unreachable") lastReason = effect.failure.reason;
        return;
      }
      case "event":
        if (effect.event.kind === "ready") first.resolve(effect.event.identity);
        for (const handler of handlers) handler(effect.event);
        return;
      case "reopen":
        void port?.close();
        return;
      default:
        effect satisfies never;
    }
  };

  const input = (what: SessionInput): void => {
    const stepped = stepSession(state, what);
    state = stepped.state;
    for (const effect of stepped.effects) carryOut(effect);
  };

  const listen = async (open: LinkPort): Promise<void> => {
    const lines = new ReadlineParser({ delimiter: "\n", encoding: "latin1" });
    lines.on("data", (text: string) => (port === open ? input({ kind: "line", text }) : undefined));
    let sinceFeed = 0;
    try {
      for await (const chunk of open.source) {
        const lastFeed = chunk.lastIndexOf(0x0a);
        sinceFeed = lastFeed < 0 ? sinceFeed + chunk.length : chunk.length - 1 - lastFeed;
        lines.write(chunk);
        if (sinceFeed <= LONGEST_GARBAGE) continue;
        sinceFeed = 0;
        lines.write("\n");
      }
    } catch {
      // A source that throws is a port that has gone, as one that ends is.
    } finally {
      lines.destroy();
    }
  };

  const stayOpen = async (): Promise<void> => {
    let pause = timing.reopenSeconds;
    while (!stopping.signal.aborted) {
      opening = binding.open();
      const open = await opening.catch((cause: unknown) => {
        lastReason = cause instanceof Error ? cause.message : String(cause);
        return undefined;
      });
      if (open !== undefined) {
        port = open;
        const closeNow = (): void => void open.close();
        stopping.signal.addEventListener("abort", closeNow, { once: true });
        if (stopping.signal.aborted) closeNow();
        else input({ kind: "opened" });
        await listen(open);
        stopping.signal.removeEventListener("abort", closeNow);
        port = undefined;
        if (state.phase === "ready") pause = timing.reopenSeconds;
        await open.close().catch(() => undefined);
        input({ kind: "closed" });
      }
      await clock.sleep(Seconds(pause), stopping.signal).catch(() => undefined);
      pause = Math.min(timing.longestReopenSeconds, 2 * pause);
    }
  };

  first.promise.catch(() => undefined);
  const living = stayOpen();

  const request = async (command: string, how: RequestOptions = {}): Promise<readonly string[]> => {
    const { seconds, signal } = how;
    throwIfAborted(signal, command);
    throwIfAborted(stopping.signal, `The link to ${name}`);
    const id = nextId++;
    const answer = Promise.withResolvers<readonly string[]>();
    requests.set(id, { command, resolve: answer.resolve, reject: answer.reject });
    const abort = (): void => {
      input({ kind: "cancel", id });
      requests.delete(id);
      answer.reject(new AbortedError(command, { cause: signal?.reason }));
    };
    signal?.addEventListener("abort", abort, { once: true });
    input({ kind: "submit", request: seconds === undefined ? { id, command } : { id, command, seconds } });
    try {
      return await answer.promise;
    } finally {
      signal?.removeEventListener("abort", abort);
    }
  };

  return {
    name,
    get identity() {
      return state.identity;
    },
    get counters() {
      return state.counters;
    },
    request,
    whenReady: async (limit, signal) => {
      const work = { clock, limit, what: "HELLO", ...(signal !== undefined && { signal }) };
      const meet = async (): Promise<BoardIdentity> => {
        if (state.identity === undefined) await opening;
        return first.promise;
      };
      return withDeadline(meet, work).catch((cause: unknown) => {
        if (cause instanceof AbortedError || cause instanceof BoardUnreachableError) throw cause;
        throw new BoardUnreachableError(
          `No board answers on ${name} within ${limit} s: ${lastReason}`,
          { port: name },
          { cause },
        );
      });
    },
    onEvent: (handler) => {
      handlers.add(handler);
      return () => void handlers.delete(handler);
    },
    [Symbol.asyncDispose]: async () => {
      if (stopping.signal.aborted) return living;
      stopping.abort();
      setTimer(undefined);
      const gone = new AbortedError(`The link to ${name}`);
      for (const { reject } of requests.values()) reject(gone);
      requests.clear();
      first.reject(gone);
      await living;
    },
  };
}
