import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Clock } from "@ohmwork/core";
import { StoreFailedError } from "@ohmwork/runtime";
import { z } from "zod";

/** What an answer rests on. */
export type Evidence = {
  /** As in the answer: the id of the sample, where one was sent. */
  readonly id: string;
  /** Wall-clock time [ms since 1970], worth what `clockSynchronised` says. */
  readonly at: number;
  readonly clockSynchronised: boolean;
  readonly label: string;
  readonly confidence: number;
  /** Class that is likeliest, also where the answer is `unknown`. */
  readonly likeliest: string;
  /** What was measured, one row for each stage of the system [V]. */
  readonly measured: Readonly<Record<string, readonly number[]>>;
  /** Samples of the sound at full scale. */
  readonly clipped: number;
  /** It was found out later that the sound may not be what was heard. */
  readonly suspect: boolean;
  /** What it was, where somebody said so. */
  readonly said?: string;
};

export type EvidenceLimits = {
  /** All of it together. */
  readonly bytes: number;
  /** Age at which it goes; counted while the clock is synchronised. */
  readonly days: number;
};

/** 64 MiB are some 3,000 sounds of half a second, or 700 of the longest. */
export const defaultEvidenceLimits: EvidenceLimits = { bytes: 64 * 1024 * 1024, days: 7 };

/** Sounds behind answers, each as a WAV file with what was measured beside it; the oldest go first. */
export interface EvidenceStore {
  /** Keeps a sound and lets go of what is too old or too much; false when the disk refuses, or it alone is too large. */
  keep(evidence: Evidence, wav: Uint8Array): boolean;
  /** With its sound; the last one where no id is given. */
  find(id?: string): { readonly evidence: Evidence; readonly wav: Uint8Array } | undefined;
  /** Writes down what became known of it later; false when it is gone, or the disk refuses. */
  amend(id: string, changes: Pick<Partial<Evidence>, "suspect" | "said">): boolean;
  state(): { readonly count: number; readonly bytes: number };
}

const dayMilliseconds = 86_400_000;

const evidenceSchema: z.ZodType<Evidence> = z.object({
  id: z.string(),
  at: z.number(),
  clockSynchronised: z.boolean(),
  label: z.string(),
  confidence: z.number(),
  likeliest: z.string(),
  measured: z.record(z.string(), z.array(z.number())),
  clipped: z.number(),
  suspect: z.boolean(),
  said: z.exactOptional(z.string()),
});

type Kept = { readonly at: number; readonly bytes: number };

/**
 * The evidence in a folder, which is made, for its owner only. What is incomplete, because a write was cut short, is removed.
 *
 * @throws StoreFailedError when the folder cannot be made or read
 */
export function openEvidenceStore(options: {
  readonly path: string;
  readonly limits?: EvidenceLimits;
  readonly clock: Clock;
  readonly isClockSynchronised: () => boolean;
  /** Where a test lets the disk refuse. @default that of Node */
  readonly write?: (file: string, bytes: Uint8Array) => void;
}): EvidenceStore {
  const { path, limits = defaultEvidenceLimits, clock, isClockSynchronised } = options;
  const { write = (file, bytes) => writeFileSync(file, bytes, { mode: 0o600 }) } = options;
  const wavOf = (id: string): string => join(path, `${id}.wav`);
  const notesOf = (id: string): string => join(path, `${id}.json`);
  /** The oldest first. */
  const kept = new Map<string, Kept>();
  let bytes = 0;

  const remove = (id: string): void => {
    bytes -= kept.get(id)?.bytes ?? 0;
    kept.delete(id);
    // A sound without its notes is removed at the next start; the other way round it would be believed to be there.
    rmSync(notesOf(id), { force: true });
    rmSync(wavOf(id), { force: true });
  };

  const read = (id: string): Evidence | undefined => {
    try {
      return evidenceSchema.parse(JSON.parse(readFileSync(notesOf(id), "utf8")));
    } catch {
      return undefined;
    }
  };

  const open = (): void => {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    const names = readdirSync(path);
    const ids = names.filter((name) => name.endsWith(".json")).map((name) => name.slice(0, -".json".length));
    const found = ids.flatMap((id) => {
      const evidence = names.includes(`${id}.wav`) ? read(id) : undefined;
      if (evidence === undefined) return [];
      const wav = statSync(wavOf(id));
      return [{ id, at: evidence.at, bytes: wav.size + statSync(notesOf(id)).size, written: wav.mtimeMs }];
    });
    for (const { id, at, bytes: size } of found.toSorted((a, b) => a.written - b.written)) {
      kept.set(id, { at, bytes: size });
      bytes += size;
    }
    for (const name of names) if (!kept.has(name.replace(/\.(wav|json)$/, ""))) rmSync(join(path, name), { force: true });
  };

  const isOld = ({ at }: Kept): boolean => isClockSynchronised() && clock.now() - at > limits.days * dayMilliseconds;

  const makeRoom = (size: number): void => {
    for (const [id, one] of kept) {
      if (bytes + size <= limits.bytes && !isOld(one)) return;
      remove(id);
    }
  };

  const put = (evidence: Evidence): number => {
    const notes = new TextEncoder().encode(`${JSON.stringify(evidence)}\n`);
    const fresh = `${notesOf(evidence.id)}.new`;
    write(fresh, notes);
    renameSync(fresh, notesOf(evidence.id));
    return notes.length;
  };

  try {
    open();
    makeRoom(0);
  } catch (cause) {
    throw new StoreFailedError(`Could not open ${path}: ${(cause as Error).message}`, { file: path }, { cause });
  }

  return {
    keep: (evidence, wav) => {
      if (wav.length > limits.bytes) return false;
      try {
        makeRoom(wav.length);
        write(wavOf(evidence.id), wav);
        const size = wav.length + put(evidence);
        kept.set(evidence.id, { at: evidence.at, bytes: size });
        bytes += size;
        return true;
      } catch {
        removeQuietly(() => remove(evidence.id));
        return false;
      }
    },
    find: (id = [...kept.keys()].at(-1)) => {
      const evidence = id === undefined || !kept.has(id) ? undefined : read(id);
      if (evidence === undefined) return undefined;
      try {
        return { evidence, wav: readFileSync(wavOf(evidence.id)) };
      } catch {
        return undefined;
      }
    },
    amend: (id, changes) => {
      const evidence = kept.has(id) ? read(id) : undefined;
      if (evidence === undefined) return false;
      try {
        put({ ...evidence, ...changes });
        return true;
      } catch {
        return false;
      }
    },
    state: () => ({ count: kept.size, bytes }),
  };
}

/** What the disk does not even remove goes at the next start. */
function removeQuietly(work: () => void): void {
  try {
    work();
  } catch {
    // counted as refused by whoever kept it
  }
}
