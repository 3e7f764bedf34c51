import type { Clock } from "@ohmwork/core";
import type { Moment } from "@ohmwork/wire";
import type { Ledger } from "./slots/ledger.ts";

/** Where a device stands in time, by its clock and by the signatures that it found good. */
export interface Trust {
  moment(): Moment;
  /** To be called when the ledger has taken something signed: time is counted from there. */
  heard(): void;
}

export function createTrust(options: {
  readonly ledger: () => Pick<Ledger, "lastSignedAt" | "forgotten">;
  readonly clock: Clock;
  readonly isClockSynchronised: () => boolean;
}): Trust {
  const { ledger, clock, isClockSynchronised } = options;
  let latest = ledger().lastSignedAt;
  let since = clock.monotonic();
  return {
    moment: () => {
      const { lastSignedAt, forgotten } = ledger();
      return {
        now: Math.floor(clock.now()),
        clockSynchronised: isClockSynchronised(),
        lastSignedAt,
        sinceLastSigned: Math.floor((clock.monotonic() - since) * 1000),
        ...(forgotten === true && { forgotten }),
      };
    },
    heard: () => {
      const { lastSignedAt } = ledger();
      if (lastSignedAt <= latest) return;
      latest = lastSignedAt;
      since = clock.monotonic();
    },
  };
}
