import type { Call } from "@ohmwork/core";

/** Counts the calls of a device, which is what its drift goes by: a simulation has no clock, and resumes where it stood. */
export interface CallCount {
  /** Calls before this one. The same id twice in a row is one call that was retried. */
  next(call?: Call): number;
  snapshot(): CallCountState;
  /** @throws RangeError for a state that is not one of a count */
  restore(state: CallCountState): void;
}

export type CallCountState = { readonly calls: number; readonly lastId: string | null };

export function createCallCount(): CallCount {
  let calls = 0;
  let lastId: string | null = null;
  return {
    next: (call) => {
      const id = call?.id ?? null;
      if (id === null || id !== lastId) calls += 1;
      lastId = id;
      return calls - 1;
    },
    snapshot: () => ({ calls, lastId }),
    restore: (state) => {
      if (!Number.isSafeInteger(state.calls) || state.calls < 0)
        throw new RangeError(`Snapshot counts ${state.calls} calls: expected a whole number of 0 or more`);
      ({ calls, lastId } = state);
    },
  };
}

/** A slow sine over the count of calls, from −1 to 1. */
export function driftAt(calls: number, periodCalls: number): number {
  return Math.sin((2 * Math.PI * calls) / periodCalls);
}
