import { type Clock, type Seconds, withDeadline } from "@ohmwork/core";

/** Bytes of a source, taken by count. */
export interface ByteReader {
  /** @throws DeadlineExceededError when there are not so many within `limit`; those that came stay */
  read(count: number, limit: Seconds): Promise<Uint8Array>;
  /** Drops what has come so far. */
  drain(): void;
}

/** Reads from a source from now on, until it ends. */
export function createByteReader(source: AsyncIterable<Uint8Array>, clock: Clock): ByteReader {
  let held: number[] = [];
  let wake: (() => void) | undefined;
  const pump = async (): Promise<void> => {
    for await (const chunk of source) {
      held.push(...chunk);
      wake?.();
    }
  };
  pump().catch(() => undefined); // a source that has gone gives nothing more: the deadline says so
  return {
    read: async (count, limit) => {
      const arrive = async (signal: AbortSignal): Promise<void> => {
        while (held.length < count && !signal.aborted) await new Promise<void>((resolve) => (wake = resolve));
      };
      if (held.length < count) await withDeadline(arrive, { clock, limit, what: `An answer of ${count} bytes` });
      const bytes = Uint8Array.from(held.slice(0, count));
      held = held.slice(count);
      return bytes;
    },
    drain: () => void (held = []),
  };
}
