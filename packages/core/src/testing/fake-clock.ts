import { AbortedError } from "../errors.ts";
import type { Clock } from "../time.ts";
import { Seconds } from "../units.ts";

/** A clock that moves only when told to. */
export interface FakeClock extends Clock {
  /** Moves both times forward and wakes every sleeper that is due, in order. */
  advance(delay: Seconds): Promise<void>;
  /** Sets the wall clock alone, as a jump of the system time does. */
  jump(milliseconds: number): void;
}

/** @param start wall-clock time to begin at [ms since 1970] */
export function createFakeClock(start = 0): FakeClock {
  let wall = start;
  let elapsed = 0;
  let sleepers: { due: number; wake: () => void }[] = [];

  const sleep = (delay: Seconds, signal?: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      const stopped = (): void => {
        sleepers = sleepers.filter((other) => other !== sleeper);
        reject(new AbortedError("Sleep"));
      };
      const sleeper = {
        due: elapsed + delay,
        wake: () => {
          signal?.removeEventListener("abort", stopped);
          resolve();
        },
      };
      if (signal?.aborted === true) return stopped();
      signal?.addEventListener("abort", stopped, { once: true });
      sleepers.push(sleeper);
    });

  const advance = async (delay: Seconds): Promise<void> => {
    const end = elapsed + delay;
    for (;;) {
      const due = sleepers.filter((sleeper) => sleeper.due <= end).toSorted((a, b) => a.due - b.due)[0];
      if (due === undefined) break;
      wall += (due.due - elapsed) * 1000;
      elapsed = due.due;
      sleepers = sleepers.filter((sleeper) => sleeper !== due);
      due.wake();
      await Promise.resolve(); // what the sleeper does next may sleep again before `end`
      await Promise.resolve();
    }
    wall += (end - elapsed) * 1000;
    elapsed = end;
  };

  return {
    now: () => wall,
    monotonic: () => Seconds(elapsed),
    sleep,
    advance,
    jump: (milliseconds) => void (wall += milliseconds),
  };
}
