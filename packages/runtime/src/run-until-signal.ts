import { type Clock, Seconds } from "@ohmwork/core";
import { systemClock } from "./system-clock.ts";

/** SIGHUP is what a closed terminal or a lost ssh session sends. */
const stops = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
/** A second signal this soon is the same one: Ctrl-C reaches a child of npm from the terminal and again from npm. */
const echoSeconds = Seconds(0.5);

/**
 * Runs `work` until it ends by itself or the user stops it: the first SIGINT, SIGTERM or SIGHUP fires the signal, so that
 * the work can leave in order; another one, half a second later or more, ends the process at once with exit code 130.
 */
export async function runUntilSignal<T>(
  work: (signal: AbortSignal) => Promise<T>,
  options: { clock?: Pick<Clock, "monotonic"> } = {},
): Promise<T> {
  const { clock = systemClock } = options;
  const stop = new AbortController();
  let stoppedAt = 0;
  const onSignal = (): void => {
    if (!stop.signal.aborted) {
      stoppedAt = clock.monotonic();
      stop.abort();
    } else if (clock.monotonic() >= stoppedAt + echoSeconds) process.exit(130);
  };
  for (const name of stops) process.on(name, onSignal);
  try {
    return await work(stop.signal);
  } finally {
    for (const name of stops) process.off(name, onSignal);
  }
}
