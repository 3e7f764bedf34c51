import { DatabaseSync } from "node:sqlite";
import { OhmworkError } from "@ohmwork/core";

/** A database could not be opened, read or written. The message names its file. `corrupt`: what is in it cannot be right. */
export class StoreFailedError extends OhmworkError<{ file: string; corrupt?: boolean }> {
  readonly code = "store-failed";
}

/** SQLITE_CORRUPT and SQLITE_NOTADB; the higher bits of a result code say more of the same. */
const corruptCodes: ReadonlySet<number> = new Set([11, 26]);

/** One SQLite database in one file. */
export interface Sqlite extends Disposable {
  readonly file: string;
  /**
   * Runs `work` in one transaction: all of it is on the disk when this returns, or none of it.
   *
   * @throws StoreFailedError when SQLite refuses, the disk is full or the file is locked; nothing is changed then
   */
  transaction<T>(work: (database: DatabaseSync) => T): T;
  /**
   * Reads without keeping others from writing.
   *
   * @throws StoreFailedError when SQLite refuses
   */
  read<T>(work: (database: DatabaseSync) => T): T;
  close(): void;
}

export type OpenSqliteOptions = {
  /** How long a call waits, and with it the process, while another process writes. @default 5000 */
  readonly busyMilliseconds?: number;
  /** Longest that the file may grow to [pages of 4096 bytes]; what does not fit fails as on a full disk. @default no limit */
  readonly mostPages?: number;
  /**
   * Whether a commit waits until it would survive the loss of power. One that does not wait may be gone after that; the file is
   * whole all the same. @default true
   */
  readonly durable?: boolean;
};

/**
 * Opens or creates a database (write-ahead log, `synchronous = FULL` unless it need not be durable) and brings it to
 * the newest schema. `migrations[n]` is the SQL that leads from version n to n + 1; what was released is never edited.
 *
 * @throws StoreFailedError when the file cannot be opened, is no database, or was written by a newer version
 */
export function openSqlite(file: string, migrations: readonly string[], options: OpenSqliteOptions = {}): Sqlite {
  const { busyMilliseconds = 5000, mostPages, durable = true } = options;
  const failed = (what: string, cause: unknown): StoreFailedError =>
    new StoreFailedError(
      `${what} ${file}: ${cause instanceof Error ? cause.message : String(cause)}`,
      { file, corrupt: isCorrupt(cause) },
      { cause },
    );

  const open = (): DatabaseSync => {
    let opened: DatabaseSync | undefined;
    try {
      opened = new DatabaseSync(file, { timeout: busyMilliseconds });
      const synchronous = durable ? "FULL" : "NORMAL";
      opened.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = ${synchronous}; PRAGMA foreign_keys = ON`);
      if (mostPages !== undefined) opened.exec(`PRAGMA max_page_count = ${mostPages}`);
      return opened;
    } catch (error) {
      opened?.close();
      throw failed("Could not open the store", error);
    }
  };

  const database = open();
  const transaction = <T>(work: (database: DatabaseSync) => T): T => {
    try {
      database.exec("BEGIN IMMEDIATE");
      const result = work(database);
      database.exec("COMMIT");
      return result;
    } catch (error) {
      // After some failures, a full disk among them, SQLite has rolled back by itself.
      if (database.isOpen && database.isTransaction) database.exec("ROLLBACK");
      throw isSqliteError(error) ? failed("Could not write the store", error) : error;
    }
  };
  const read = <T>(work: (database: DatabaseSync) => T): T => {
    try {
      return work(database);
    } catch (error) {
      throw isSqliteError(error) ? failed("Could not read the store", error) : error;
    }
  };
  const close = (): void => {
    if (database.isOpen) database.close();
  };

  try {
    transaction(() => migrate(database, file, migrations));
  } catch (error) {
    close();
    throw error;
  }
  return { file, transaction, read, close, [Symbol.dispose]: close };
}

function migrate(database: DatabaseSync, file: string, migrations: readonly string[]): void {
  database.exec("CREATE TABLE IF NOT EXISTS migrations (version INTEGER PRIMARY KEY, applied_at TEXT NOT NULL)");
  const row = database.prepare("SELECT coalesce(max(version), 0) AS version FROM migrations").get();
  const version = Number(row?.["version"]);
  if (version > migrations.length) {
    throw new StoreFailedError(`Store ${file} is of version ${version}, newer than ${migrations.length}, the newest known here`, {
      file,
    });
  }
  for (const [i, sql] of migrations.entries()) {
    if (i < version) continue;
    database.exec(sql);
    database.prepare("INSERT INTO migrations VALUES (?, datetime('now'))").run(i + 1);
  }
}

const isSqliteError = (error: unknown): boolean => error instanceof Error && "code" in error && error.code === "ERR_SQLITE_ERROR";

const isCorrupt = (error: unknown): boolean =>
  error instanceof Error && "errcode" in error && typeof error.errcode === "number" && corruptCodes.has(error.errcode & 0xff);
