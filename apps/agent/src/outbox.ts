import { encode, type Sample } from "@ohmwork/wire";

export type OutboxState = {
  /** Samples that no acknowledgement covers yet. */
  readonly depth: number;
  /** `seq` of the first of them; the next one to be given when there is none. */
  readonly oldest: number;
  /** Samples that were not taken because the outbox was full. */
  readonly dropped: number;
};

/**
 * Samples of one boot until a trainer has committed them. In memory: what is in here when the process ends is lost.
 * A full outbox takes no new sample, and gives it no `seq`, so that the numbers on the wire never have a gap.
 */
export interface Outbox {
  state(): OutboxState;
  /** False, and counted, when the outbox is full. */
  add(sample: Omit<Sample, "boot" | "seq" | "id">): boolean;
  /** Bytes of the sample to be sent after `seq`, if there is one. */
  after(seq: number): { readonly seq: number; readonly payload: Uint8Array } | undefined;
  /** Lets go of everything up to and including `upTo`; false when that is nothing new, or was never produced. */
  acknowledge(upTo: number): boolean;
}

/** @param limit samples that may wait at a time */
export function createMemoryOutbox(boot: string, limit: number): Outbox {
  const waiting = new Map<number, Uint8Array>();
  let next = 1;
  let oldest = 1;
  let dropped = 0;
  return {
    state: () => ({ depth: waiting.size, oldest, dropped }),
    add: (sample) => {
      if (waiting.size >= limit) {
        dropped += 1;
        return false;
      }
      waiting.set(next, encode("sample", { ...sample, boot, seq: next, id: `${boot}-${next}` }));
      next += 1;
      return true;
    },
    after: (seq) => {
      const following = Math.max(seq + 1, oldest);
      const payload = waiting.get(following);
      return payload === undefined ? undefined : { seq: following, payload };
    },
    acknowledge: (upTo) => {
      if (upTo < oldest || upTo >= next) return false;
      for (; oldest <= upTo; oldest += 1) waiting.delete(oldest);
      return true;
    },
  };
}
