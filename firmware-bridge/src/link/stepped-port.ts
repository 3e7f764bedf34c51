import { AbortedError, type Clock, Seconds } from "@ohmwork/core";
import { BoardUnreachableError } from "./link-errors.ts";
import type { LinkPort, PortBinding } from "./port.ts";

/** A board that runs when it is told to, such as the virtual board. */
export type SteppedBoard = {
  write(bytes: Uint8Array): void;
  /** Bytes of the board from now on, for one reader. */
  listen(): AsyncIterable<Uint8Array>;
  /** Ends the stream of the present reader. */
  hangUp(): void;
  /** Runs that many seconds of board time at once. */
  runFor(seconds: number): void;
  /** Time of the board since it was made [s]. */
  boardSeconds(): number;
  reset(): void;
};

export type SteppedPort = PortBinding & {
  /** The board's time: it passes while somebody sleeps on it, and only then. */
  readonly clock: Clock;
  /** Pulls the cable: the open port ends and none can be opened until it is plugged in. */
  unplug(): void;
  plugIn(): void;
};

/** How long the board runs before the host may act on what it said [s]: the turn-around of a fast host. */
const SLICE_SECONDS = 100e-6;

/**
 * The port of a board in board time. A link on it must take its clock from here: the board runs, as fast as it can, while the
 * link waits for it, and stands still otherwise, so that a run depends on nothing but its seeds.
 */
export function steppedPort(board: SteppedBoard, name = "virtual"): SteppedPort {
  const sleepers = new Set<{ readonly due: number; readonly wake: () => void }>();
  let isRunning = false;
  let isPlugged = true;
  let present: LinkPort | undefined;

  /** One turn of the event loop; everything the host does about it happens before the next. */
  const turn = (): void => {
    board.runFor(SLICE_SECONDS);
    for (const sleeper of sleepers) if (sleeper.due <= board.boardSeconds()) sleeper.wake();
    isRunning = sleepers.size > 0;
    if (isRunning) setImmediate(turn);
  };
  const clock: Clock = {
    now: () => board.boardSeconds() * 1000,
    monotonic: () => Seconds(board.boardSeconds()),
    sleep: (delay, signal) =>
      new Promise((resolve, reject) => {
        const end = (settle: () => void): void => {
          sleepers.delete(sleeper);
          signal?.removeEventListener("abort", stopped);
          settle();
        };
        const stopped = (): void => end(() => reject(new AbortedError("Sleep")));
        const sleeper = { due: board.boardSeconds() + delay, wake: () => end(resolve) };
        if (signal?.aborted === true) return stopped();
        signal?.addEventListener("abort", stopped, { once: true });
        sleepers.add(sleeper);
        if (!isRunning) setImmediate(turn);
        isRunning = true;
      }),
  };

  const close = (port: LinkPort | undefined): void => {
    if (port === undefined || port !== present) return;
    present = undefined;
    board.hangUp();
  };
  const open = async (): Promise<LinkPort> => {
    if (!isPlugged) throw new BoardUnreachableError(`No port ${name}: its cable is unplugged`, { port: name });
    const use = (): void => {
      if (present !== port) throw new BoardUnreachableError(`Port ${name} has gone`, { port: name });
    };
    const port: LinkPort = {
      source: board.listen(),
      write: async (bytes) => {
        use();
        board.write(bytes);
      },
      reset: async () => {
        use();
        board.reset();
      },
      close: async () => close(port),
    };
    present = port;
    return port;
  };
  const unplug = (): void => {
    isPlugged = false;
    close(present);
  };
  return { name, open, clock, unplug, plugIn: () => void (isPlugged = true) };
}
