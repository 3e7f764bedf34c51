import type { Clock, Seconds } from "@ohmwork/core";
import type { CommittedPrefix } from "./store/store.ts";

/** A gap that closes by itself, because another trainer holds what is missing, does so within this time. */
const patience = 1;
/** Longest time between two requests for one gap; each doubles the wait. */
const longestWait = 60;

export type GapWatchOptions = {
  readonly clock: Clock;
  /** Boots that miss samples, by the store. */
  readonly gaps: () => Promise<readonly Required<CommittedPrefix>[]>;
  /** Asks a device to send again from a sample on. */
  readonly request: (device: string, boot: string, from: number) => void;
};

/** Asks for samples that are missing below some that are committed, when they do not come by themselves. */
export interface GapWatch {
  note(prefixes: readonly CommittedPrefix[]): void;
  /** Looks once; asks where it is time. */
  look(): Promise<void>;
  /** Looks again and again until the signal fires. */
  run(interval: Seconds, signal: AbortSignal): Promise<void>;
}

type Gap = { readonly device: string; readonly boot: string; upTo: number; askAt: number; wait: number };

export function createGapWatch({ clock, gaps, request }: GapWatchOptions): GapWatch {
  const open = new Map<string, Gap>();

  const note = (prefixes: readonly CommittedPrefix[]): void => {
    for (const { device, boot, upTo, beyond } of prefixes) {
      const key = `${device}/${boot}`;
      const known = open.get(key);
      if (beyond === undefined) open.delete(key);
      else if (known === undefined || upTo > known.upTo) {
        open.set(key, { device, boot, upTo, askAt: clock.monotonic() + patience, wait: patience });
      }
    }
  };

  const look = async (): Promise<void> => {
    const due = open.values().filter(({ askAt }) => clock.monotonic() >= askAt);
    if (due.next().done === true) return;
    // Another trainer may have closed it meanwhile.
    const still = new Map((await gaps()).map((gap) => [`${gap.device}/${gap.boot}`, gap]));
    for (const [key, gap] of open) {
      const now = still.get(key);
      if (now === undefined) open.delete(key);
      else if (clock.monotonic() >= gap.askAt) {
        gap.wait = Math.min(longestWait, 2 * gap.wait);
        gap.askAt = clock.monotonic() + gap.wait;
        request(gap.device, gap.boot, now.upTo + 1);
      }
    }
  };

  return {
    note,
    look,
    run: async (interval, signal) => {
      for (;;) {
        try {
          await clock.sleep(interval, signal);
        } catch {
          return; // stopped
        }
        await look().catch(() => undefined); // a store that cannot be read says so where it is written to
      }
    },
  };
}
