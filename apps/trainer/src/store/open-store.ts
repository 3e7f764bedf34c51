import { setTimeout as sleep } from "node:timers/promises";
import { OhmworkError } from "@ohmwork/core";
import { StoreFailedError } from "@ohmwork/runtime";
import { type Dialect, Kysely, type Transaction } from "kysely";
import { createRolloutStore } from "../rollouts/rollout-store.ts";
import { createRunStore } from "../runs/store/create-run-store.ts";
import { commit } from "./commit.ts";
import { type ColumnTypes, migrate, migrations, postgresTypes, sqliteTypes } from "./migrations.ts";
import { createPostgresDialect, shownAddress } from "./postgres-dialect.ts";
import { prune } from "./prune.ts";
import { readDevices, readGaps, readLabels, readParameterSet, readParameterSets, readSamples, summarise } from "./read.ts";
import { createSqliteDialect } from "./sqlite-dialect.ts";
import type { TrainerStore } from "./store.ts";
import type { Tables } from "./tables.ts";
import { keepRecords, readRecords } from "./transfer.ts";

/** A transaction that met another one is tried again; more often than this it meets something else. */
const mostTries = 5;
const pauseMilliseconds = 20;
/** Deadlock and failure to serialise, where PostgreSQL ended one of two transactions for the other's sake; a busy SQLite. */
const collisions: ReadonlySet<unknown> = new Set(["40P01", "40001", 5]);

/**
 * Opens a store: a `postgres://` address, or a SQLite file, which is made when it is not there. Brings it to the newest version.
 *
 * @throws StoreFailedError when it cannot be opened or was written by a newer version
 * @throws BadInputError when an address cannot be read
 */
export async function openStore(where: string): Promise<TrainerStore> {
  const isAddress = /^postgres(ql)?:\/\//.test(where);
  const place = isAddress ? shownAddress(where) : where;
  const failed = (what: string, cause: unknown): StoreFailedError =>
    new StoreFailedError(`${what} ${place}: ${reasonOf(cause)}`, { file: place }, { cause });

  let database: Kysely<Tables> | undefined;
  try {
    const dialect = isAddress ? createPostgresDialect(where) : createSqliteDialect(where);
    database = await open(dialect, isAddress ? postgresTypes : sqliteTypes, place);
  } catch (error) {
    throw error instanceof OhmworkError ? error : failed("Could not open the store", error);
  }
  return createStore(database, place, failed);
}

async function open(dialect: Dialect, types: ColumnTypes, place: string): Promise<Kysely<Tables>> {
  const database = new Kysely<Tables>({ dialect });
  try {
    const newer = await migrate(database, types);
    if (newer === undefined) return database;
    const message = `Store ${place} is of version ${newer}, newer than ${migrations.length}, the newest known here`;
    throw new StoreFailedError(message, { file: place });
  } catch (error) {
    await database.destroy();
    throw error;
  }
}

/** A host with several addresses fails with an AggregateError, whose message is empty. */
const reasonOf = (cause: unknown): string => {
  const { message = "", code } = cause as { message?: string; code?: unknown };
  return (message === "" ? String(code ?? cause) : message).replaceAll(/\s+/g, " ");
};

function createStore(
  database: Kysely<Tables>,
  place: string,
  failed: (what: string, cause: unknown) => StoreFailedError,
): TrainerStore {
  /** Whatever a database throws is a store that failed; errors of our own pass. */
  const guard = async <T>(what: "read" | "write", work: () => Promise<T>): Promise<T> => {
    for (let tries = 1; ; tries += 1) {
      try {
        return await work();
      } catch (error) {
        if (error instanceof OhmworkError || error instanceof TypeError || error instanceof RangeError) throw error;
        const { code, errcode = code } = error as { code?: unknown; errcode?: unknown };
        if (tries === mostTries || !collisions.has(errcode)) throw failed(`Could not ${what} the store`, error);
        await sleep(tries * pauseMilliseconds);
      }
    }
  };
  const read = <T>(work: (from: Kysely<Tables>) => Promise<T>): Promise<T> => guard("read", () => work(database));
  const write = <T>(work: (transaction: Transaction<Tables>) => Promise<T>): Promise<T> =>
    guard("write", () => database.transaction().execute(work));

  return {
    place,
    commit: (fleet, ingest) => write((transaction) => commit(transaction, fleet, ingest)),
    summary: (fleet) => read((from) => summarise(from, fleet)),
    devices: (fleet, only) => read((from) => readDevices(from, fleet, only)),
    samples: (fleet, query) => read((from) => readSamples(from, fleet, query)),
    labels: (fleet, sample) => read((from) => readLabels(from, fleet, sample)),
    gaps: (fleet) => read((from) => readGaps(from, fleet)),
    keepParameterSet: (fleet, { id, bytes, device = null, receivedAt }) =>
      write(async (transaction) => {
        const row = { fleet, id, device, payload: bytes, received_at: receivedAt };
        await transaction
          .insertInto("parameter_sets")
          .values(row)
          .onConflict((conflict) => conflict.doNothing())
          .execute();
      }),
    parameterSet: (fleet, id) => read((from) => readParameterSet(from, fleet, id)),
    parameterSets: (fleet, query) => read((from) => readParameterSets(from, fleet, query)),
    rollouts: createRolloutStore(read, write),
    runs: createRunStore(read, write),
    prune: (fleet, before) => write((transaction) => prune(transaction, fleet, before)),
    records: () => readRecords(read),
    keepRecords: (records) => keepRecords(write, records),
    [Symbol.asyncDispose]: () => database.destroy(),
  };
}
