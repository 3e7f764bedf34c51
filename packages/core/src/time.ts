import { AbortedError, DeadlineExceededError } from "./errors.ts";
import type { Seconds } from "./units.ts";

/** Where time comes from. Passed in, so that a test can hold it still. */
export interface Clock {
  /** Wall-clock time [ms since 1970]. May jump; never used to measure durations. */
  now(): number;
  /** Monotonic time [s]. */
  monotonic(): Seconds;
  /** Resolves after the delay; rejects with `AbortedError` when the signal fires first. */
  sleep(delay: Seconds, signal?: AbortSignal): Promise<void>;
}

/** @throws AbortedError when the signal has fired */
export function throwIfAborted(signal: AbortSignal | undefined, what: string): void {
  if (signal?.aborted === true) throw new AbortedError(what, { cause: signal.reason });
}

/**
 * What `work` gives, unless the deadline passes first. The signal handed to `work` fires at the deadline or with the
 * caller's own signal, so that nothing goes on behind the caller's back.
 *
 * @throws DeadlineExceededError after `limit`
 * @throws AbortedError when `signal` fires
 */
export async function withDeadline<T>(
  work: (signal: AbortSignal) => Promise<T>,
  options: { clock: Clock; limit: Seconds; what: string; signal?: AbortSignal },
): Promise<T> {
  const { clock, limit, what, signal } = options;
  throwIfAborted(signal, what);
  const stop = new AbortController();
  const timer = new AbortController();
  const forward = (): void => stop.abort(signal?.reason);
  signal?.addEventListener("abort", forward, { once: true });
  const fails = new Promise<never>((_, reject) => {
    stop.signal.addEventListener("abort", () => reject(new AbortedError(what, { cause: stop.signal.reason })), { once: true });
    clock.sleep(limit, timer.signal).then(
      () => {
        reject(new DeadlineExceededError(what, limit));
        stop.abort();
      },
      () => undefined, // the work ended first and cancelled the timer
    );
  });
  try {
    return await Promise.race([work(stop.signal), fails]);
  } finally {
    timer.abort();
    signal?.removeEventListener("abort", forward);
  }
}
