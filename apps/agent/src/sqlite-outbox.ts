import { StoreFailedError } from "@ohmwork/runtime";
import { encode, longestMessageBytes } from "@ohmwork/wire";
import type { MeasuredSample, Outbox, WaitingSample } from "./outbox.ts";
import { type Line, openOutboxFile, type OutboxFile, putOutboxAside } from "./outbox-file.ts";

export type SqliteOutboxOptions = {
  /** Of the database; `:memory:` for an outbox that ends with the process. */
  readonly file: string;
  readonly boot: string;
  /** Samples that may wait. @default 100000 */
  readonly mostSamples?: number;
  /** Bytes that the waiting samples may have; the file may have twice as many. @default 64 MiB */
  readonly mostBytes?: number;
  /** Told in one line what went wrong, once, and that it is well again. */
  readonly onTrouble?: (message: string) => void;
};

const pageBytes = 4096;
/** The least that a database with room for some samples takes. */
const leastPages = 32;
/** Acknowledged samples that may stay in the file until something else is written: each commit is a write to the disk. */
const mostUntrimmed = 256;
/** Earlier boots that are named at a time, the first ones first: a birth has to fit into one message. */
const mostNamed = 1000;

/**
 * An outbox on the disk (write-ahead log, `synchronous = FULL`: what was taken survives the loss of power). The disk is no
 * reason to throw: what cannot be written is dropped and counted, and a corrupt file is put aside and never used.
 */
export function createSqliteOutbox(options: SqliteOutboxOptions): Outbox {
  const { file, boot, mostSamples = 100_000, mostBytes = 64 * 1024 * 1024, onTrouble = () => undefined } = options;
  const mostPages = Math.max(leastPages, Math.ceil((2 * mostBytes) / pageBytes));
  let lines = new Map<string, Line>();
  /** Boots with samples in the file that are acknowledged, and how many. */
  const untrimmed = new Map<string, { oldest: number; count: number }>();
  let bytes = 0;
  let nextSeq = 1;
  let nextPosition = 1;
  /** Dropped samples that the file knows of, and others. */
  let saved = 0;
  let unsaved = 0;
  let opened: OutboxFile | undefined;
  let ahead: readonly WaitingSample[] = [];
  const troubles = new Set<"disk" | "full" | "long">();

  const depth = (): number => lines.values().reduce((sum, { oldest, last }) => sum + last - oldest + 1, 0);
  const tell = (trouble: "disk" | "full" | "long", message: string): void => {
    if (!troubles.has(trouble)) onTrouble(message);
    troubles.add(trouble);
  };

  const open = (): OutboxFile => {
    const fresh = openOutboxFile(file, mostPages);
    const { found } = fresh;
    ({ lines, bytes } = found);
    saved = found.dropped;
    nextPosition = Math.max(nextPosition, found.lastPosition + 1);
    nextSeq = Math.max(nextSeq, (lines.get(boot)?.last ?? 0) + 1);
    return fresh;
  };

  const putAside = (why: string): void => {
    opened?.close();
    opened = undefined;
    const lost = depth();
    const aside = putOutboxAside(file);
    unsaved += saved + lost;
    saved = 0;
    lines = new Map();
    untrimmed.clear();
    ahead = [];
    bytes = 0;
    onTrouble(`${why}: it is put aside as ${aside}${lost > 0 ? ` with ${lost} samples` : ""}, and a new one begins`);
  };

  /** What `work` does with the file; undefined, and said, when the disk did not let it. */
  const attempt = <T>(work: (outbox: OutboxFile) => T): T | undefined => {
    try {
      try {
        return work((opened ??= open()));
      } catch (error) {
        if (!(error instanceof StoreFailedError && error.details.corrupt === true) || file === ":memory:") throw error;
        putAside(error.message);
        return work((opened ??= open()));
      }
    } catch (error) {
      if (!(error instanceof StoreFailedError)) throw error;
      tell("disk", `${error.message}: learning goes on, and samples are dropped until the outbox can be written`);
      return undefined;
    }
  };

  /** Writes what is new and what is to go; gives what was taken, undefined when the disk did not let it. */
  const commit = (samples: readonly MeasuredSample[]): WaitingSample[] | undefined =>
    attempt((outbox) => {
      const added = number(samples);
      const trimmed = Array.from(untrimmed, ([of, { oldest }]) => [of, oldest] as const);
      const total = saved + unsaved;
      bytes -= outbox.commit(added, trimmed, total);
      untrimmed.clear();
      saved = total;
      unsaved = 0;
      if (troubles.delete("disk")) onTrouble("The outbox can be written again");
      return added;
    });

  /** As many as fit, with their places and numbers. */
  const number = (samples: readonly MeasuredSample[]): WaitingSample[] => {
    const added: WaitingSample[] = [];
    let room = Math.min(mostSamples - depth(), samples.length);
    let size = bytes;
    for (const sample of samples) {
      const seq = nextSeq + added.length;
      const payload = encoded(sample, seq);
      if (payload === undefined) continue;
      size += payload.length;
      if (size > mostBytes || (room -= 1) < 0) break;
      added.push({ position: nextPosition + added.length, boot, seq, payload });
    }
    return added;
  };

  const encoded = (sample: MeasuredSample, seq: number): Uint8Array | undefined => {
    try {
      return encode("sample", { ...sample, boot, seq, id: `${boot}-${seq}` }, longestMessageBytes);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      tell("long", `A sample is dropped: ${error.message}`);
      return undefined;
    }
  };

  attempt(() => undefined);
  return {
    durable: file !== ":memory:",
    state: () => {
      const others = lines.entries().filter(([of]) => of !== boot);
      const earlier = Object.fromEntries(others.take(mostNamed).map(([of, { oldest }]) => [of, oldest]));
      return {
        depth: depth(),
        oldest: lines.get(boot)?.oldest ?? nextSeq,
        dropped: saved + unsaved,
        ...(Object.keys(earlier).length > 0 && { earlier }),
      };
    },
    add: (samples) => {
      if (untrimmed.size > 0 && 2 * bytes > mostBytes) commit([]); // what is acknowledged takes no room from what is new
      const added = commit(samples) ?? [];
      for (const { payload } of added) bytes += payload.length;
      if (added.length > 0) {
        const line = lines.get(boot);
        lines.set(boot, { oldest: line?.oldest ?? nextSeq, last: nextSeq + added.length - 1 });
        nextSeq += added.length;
        nextPosition += added.length;
      }
      const left = samples.length - added.length;
      unsaved += left;
      if (added.length > 0 || left === 0) troubles.delete("full");
      if (left > 0 && !troubles.has("disk")) {
        tell("full", `The outbox is full (${depth()} samples): new ones are dropped until a trainer acknowledges`);
        commit([]); // so that the count is not lost with the process
      }
      return added.length;
    },
    after: (position) => {
      const waits = (sample: WaitingSample): boolean =>
        sample.position > position && sample.seq >= (lines.get(sample.boot)?.oldest ?? Number.POSITIVE_INFINITY);
      const next = ahead.find(waits);
      if (next !== undefined || lines.size === 0) return next;
      ahead = attempt((outbox) => outbox.after(position)) ?? [];
      return ahead.find(waits);
    },
    acknowledge: (upTo) => {
      let isNews = false;
      for (const [of, seq] of Object.entries(upTo)) {
        const line = lines.get(of);
        if (line === undefined || seq < line.oldest || seq > line.last) continue;
        isNews = true;
        untrimmed.set(of, { oldest: seq + 1, count: (untrimmed.get(of)?.count ?? 0) + seq + 1 - line.oldest });
        line.oldest = seq + 1;
        if (seq === line.last) lines.delete(of);
      }
      const count = untrimmed.values().reduce((sum, one) => sum + one.count, 0);
      if (isNews && (lines.size === 0 || count >= mostUntrimmed)) commit([]);
      return isNews;
    },
    [Symbol.dispose]: () => {
      if (opened !== undefined && (untrimmed.size > 0 || unsaved > 0)) commit([]);
      opened?.close();
      opened = undefined;
    },
  };
}
