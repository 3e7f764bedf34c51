import { setTimeout as sleepMilliseconds } from "node:timers/promises";
import { AbortedError, type Clock, Seconds } from "@ohmwork/core";

/** The time of this machine. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => Seconds(performance.now() / 1000),
  sleep: async (delay, signal) => {
    try {
      await sleepMilliseconds(delay * 1000, undefined, signal === undefined ? {} : { signal });
    } catch (cause) {
      throw new AbortedError("Sleep", { cause });
    }
  },
};
