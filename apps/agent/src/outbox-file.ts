import { chmodSync, closeSync, openSync, renameSync, rmSync } from "node:fs";
import type { DatabaseSync } from "node:sqlite";
import { crc32 } from "node:zlib";
import { openSqlite, type Sqlite, StoreFailedError } from "@ohmwork/runtime";
import type { WaitingSample } from "./outbox.ts";

/** Where a boot stands: its samples from `oldest` to `last` wait. */
export type Line = { oldest: number; last: number };

/** What is in an outbox's file. */
type Found = {
  /** By boot, in the order of their samples. */
  readonly lines: Map<string, Line>;
  /** Of all payloads together. */
  readonly bytes: number;
  readonly lastPosition: number;
  readonly dropped: number;
};

/** The outbox's database. Every method throws `StoreFailedError` when it could not be done, and then nothing is changed. */
export interface OutboxFile {
  readonly found: Found;
  /** Adds samples, lets go of those in front of each line's oldest, and sets the counter; gives the bytes that became free. */
  commit(added: readonly WaitingSample[], trimmed: Iterable<readonly [string, number]>, dropped: number): number;
  /** Some samples behind a position, in order. */
  after(position: number): WaitingSample[];
  close(): void;
}

const migrations = [
  `CREATE TABLE samples (
     position INTEGER PRIMARY KEY, boot TEXT NOT NULL, seq INTEGER NOT NULL, checksum INTEGER NOT NULL, payload BLOB NOT NULL,
     UNIQUE (boot, seq)
   ) STRICT;
   CREATE TABLE counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL, checksum INTEGER NOT NULL) STRICT;`,
];
/** The agent must not stand still for whoever looks into its file. */
const busyMilliseconds = 200;
const readAhead = 64;
/** What stands beside the database while it is open. */
const companions = ["", "-wal", "-shm"];

/**
 * Opens or creates the file, for its owner only, and checks everything in it.
 *
 * @throws StoreFailedError when that cannot be done, or with `corrupt` when anything in the file is not as it was written
 */
export function openOutboxFile(file: string, mostPages: number): OutboxFile {
  if (file !== ":memory:") makePrivate(file);
  const store = openTables(file, mostPages);
  try {
    const found = store.read((database) => readAll(database, file));
    return {
      found,
      commit: (added, trimmed, dropped) =>
        store.transaction((database) => {
          let freed = 0;
          for (const [boot, oldest] of trimmed) freed += trim(database, boot, oldest);
          const insert = database.prepare("INSERT INTO samples VALUES (?, ?, ?, ?, ?)");
          for (const sample of added) {
            insert.run(sample.position, sample.boot, sample.seq, checksumOf(sample), sample.payload);
          }
          database.prepare("REPLACE INTO counters VALUES ('dropped', ?, ?)").run(dropped, crc32(String(dropped)));
          return freed;
        }),
      after: (position) =>
        store.read((database) =>
          database
            .prepare(`SELECT * FROM samples WHERE position > ? ORDER BY position LIMIT ${readAhead}`)
            .all(position)
            .map((row) => checked(row, file)),
        ),
      close: () => store.close(),
    };
  } catch (error) {
    store.close();
    throw error;
  }
}

/** A statement that makes no sense to SQLite (result code 1) means, in a file of this version, that its schema is not what it was. */
function openTables(file: string, mostPages: number): Sqlite {
  try {
    return openSqlite(file, migrations, { busyMilliseconds, mostPages });
  } catch (error) {
    const cause = error instanceof StoreFailedError ? error.cause : undefined;
    if (!(cause instanceof Error && "errcode" in cause && cause.errcode === 1)) throw error;
    throw corrupt(file, cause.message);
  }
}

/** Takes a corrupt outbox out of the way; what was put aside before it is gone. @throws StoreFailedError */
export function putOutboxAside(file: string): string {
  const aside = `${file}.corrupt`;
  try {
    for (const companion of companions) {
      rmSync(`${aside}${companion}`, { force: true });
      try {
        renameSync(`${file}${companion}`, `${aside}${companion}`);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
      }
    }
  } catch (cause) {
    throw new StoreFailedError(`Could not put ${file} aside: ${(cause as Error).message}`, { file }, { cause });
  }
  return aside;
}

function makePrivate(file: string): void {
  try {
    closeSync(openSync(file, "a", 0o600));
    chmodSync(file, 0o600); // the files beside it get what it has
  } catch (cause) {
    throw new StoreFailedError(`Could not open the outbox ${file}: ${(cause as Error).message}`, { file }, { cause });
  }
}

function readAll(database: DatabaseSync, file: string): Found {
  const broken = database.prepare("PRAGMA integrity_check(1)").get()?.["integrity_check"];
  if (broken !== "ok") throw corrupt(file, String(broken));
  const lines = new Map<string, Line>();
  let bytes = 0;
  let lastPosition = 0;
  for (const row of database.prepare("SELECT * FROM samples ORDER BY position").iterate()) {
    const { position, boot, seq, payload } = checked(row, file);
    const line = lines.get(boot);
    if (line !== undefined && seq !== line.last + 1) throw corrupt(file, `sample ${boot}-${seq} follows on ${line.last}`);
    if (line === undefined) lines.set(boot, { oldest: seq, last: seq });
    else line.last = seq;
    bytes += payload.length;
    lastPosition = position;
  }
  const counter = database.prepare("SELECT value, checksum FROM counters WHERE name = 'dropped'").get();
  const dropped = Number(counter?.["value"] ?? 0);
  if (counter !== undefined && counter["checksum"] !== crc32(String(dropped)))
    throw corrupt(file, "a counter has another checksum");
  return { lines, bytes, lastPosition, dropped };
}

function trim(database: DatabaseSync, boot: string, oldest: number): number {
  const freed = database
    .prepare("SELECT coalesce(sum(length(payload)), 0) AS bytes FROM samples WHERE boot = ? AND seq < ?")
    .get(boot, oldest);
  database.prepare("DELETE FROM samples WHERE boot = ? AND seq < ?").run(boot, oldest);
  return Number(freed?.["bytes"]);
}

/** SQLite knows whether its tables hang together, not whether a byte of a sample is the one that was measured. */
function checked(row: Record<string, unknown>, file: string): WaitingSample {
  const { position, boot, seq, checksum, payload } = row;
  const sample = { position: Number(position), boot: String(boot), seq: Number(seq), payload: payload as Uint8Array };
  if (checksumOf(sample) !== checksum) throw corrupt(file, `sample ${sample.boot}-${sample.seq} has another checksum`);
  return sample;
}

const checksumOf = ({ boot, seq, payload }: WaitingSample): number => crc32(payload, crc32(`${boot}-${seq}`));

/** Also for what SQLite itself does not find wrong. */
const corrupt = (file: string, why: string): StoreFailedError =>
  new StoreFailedError(`Could not read the outbox ${file}: ${why}`, { file, corrupt: true });
