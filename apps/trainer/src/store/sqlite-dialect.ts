import { chmodSync, existsSync } from "node:fs";
import { DatabaseSync, type SQLInputValue } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import {
  CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  SqliteDialect,
  type SqliteDialectConfig,
  SqliteDriver,
} from "kysely";

/** How long to wait for another program that writes, and between two looks. */
const busyMilliseconds = 5000;
const lookMilliseconds = 5;
const sqliteBusy = 5;

/**
 * SQLite as Node brings it, for the query builder: write-ahead log, and `synchronous = FULL`, so that a commit survives the
 * loss of power. A file that it makes is for its owner only. Throws what SQLite throws when the file cannot be opened.
 */
export function createSqliteDialect(file: string): Dialect {
  const isNew = file !== ":memory:" && !existsSync(file);
  const database = new DatabaseSync(file, { timeout: busyMilliseconds });
  try {
    if (isNew) chmodSync(file, 0o600); // the files beside it get what it has
    database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA busy_timeout = 0");
  } catch (error) {
    database.close();
    throw error;
  }
  const prepared = {
    close: (): void => {
      if (database.isOpen) database.close();
    },
    prepare: (text: string) => {
      const statement = database.prepare(text);
      const values = (parameters: readonly unknown[]): SQLInputValue[] => parameters as SQLInputValue[];
      return {
        reader: statement.columns().length > 0,
        all: (parameters: readonly unknown[]): unknown[] => statement.all(...values(parameters)),
        run: (parameters: readonly unknown[]) => statement.run(...values(parameters)),
        iterate: (parameters: readonly unknown[]): IterableIterator<unknown> => statement.iterate(...values(parameters)),
      };
    },
  };
  const config = { database: prepared };
  const dialect = new SqliteDialect(config);
  return {
    createAdapter: () => dialect.createAdapter(),
    createIntrospector: (of) => dialect.createIntrospector(of),
    createQueryCompiler: () => dialect.createQueryCompiler(),
    createDriver: () => new ImmediateDriver(config, database),
  };
}

/**
 * Takes the lock for writing at once: a transaction that read first could not wait for another one's any more. Waits without
 * holding up this process, in which the other one may be.
 */
class ImmediateDriver extends SqliteDriver {
  readonly #database: DatabaseSync;

  constructor(config: SqliteDialectConfig, database: DatabaseSync) {
    super(config);
    this.#database = database;
  }

  override async beginTransaction(connection: DatabaseConnection): Promise<void> {
    const until = performance.now() + busyMilliseconds;
    for (;;) {
      try {
        await connection.executeQuery(CompiledQuery.raw("BEGIN IMMEDIATE"));
        return;
      } catch (error) {
        if ((error as { errcode?: unknown }).errcode !== sqliteBusy || performance.now() > until) throw error;
        await sleep(lookMilliseconds * (0.5 + Math.random()));
      }
    }
  }

  /** After some failures, a full disk among them, SQLite has rolled back by itself. */
  override async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    if (this.#database.isTransaction) await super.rollbackTransaction(connection);
  }
}
