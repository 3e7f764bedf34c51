import { type Insertable, type Kysely, type Selectable, sql, type Transaction } from "kysely";
import { insertLabels, insertReports, insertSamples } from "./commit.ts";
import { furtherOf } from "./further-of.ts";
import { recordOf, rowOf, type StoreRecord } from "./records.ts";
import { keys, type Tables } from "./tables.ts";

/** Rows that are read, or kept, at a time when everything is exported or imported. */
const pageSize = 500;

type Read = <T>(work: (from: Kysely<Tables>) => Promise<T>) => Promise<T>;
type Write = (work: (transaction: Transaction<Tables>) => Promise<void>) => Promise<void>;

/** A run comes behind what it goes on from: a copy that was made while it went on has nothing that its state knows nothing of. */
const ordered = [
  "devices",
  "samples",
  "labels",
  "parameter_sets",
  "reports",
  "rollouts",
  "rollout_targets",
  "run_states",
  "run_steps",
  "run_exchanges",
  "runs",
  "device_leases",
] as const;

/** Everything, page by page, so that others can write meanwhile. */
export async function* readRecords(read: Read): AsyncGenerator<StoreRecord> {
  // Read before the samples, so that no boot claims one that was not there yet; given last, for the reader's sake.
  const boots: StoreRecord[] = [];
  for await (const boot of readTable(read, "boots")) boots.push(boot);
  for (const table of ordered) yield* readTable(read, table);
  yield* boots;
}

async function* readTable(read: Read, table: keyof Tables): AsyncGenerator<StoreRecord> {
  const columns = sql.join(keys[table].map((key) => sql.ref(key)));
  let last: Selectable<Tables[keyof Tables]> | undefined;
  do {
    const begin = last;
    const page = await read(async (from) => {
      const where = begin === undefined ? sql`` : sql`WHERE (${columns}) > (${sql.join(keyOf(table, begin))})`;
      const query = sql<
        Selectable<Tables[keyof Tables]>
      >`SELECT * FROM ${sql.table(table)} ${where} ORDER BY ${columns} LIMIT ${pageSize}`;
      return (await query.execute(from)).rows;
    });
    for (const row of page) yield recordOf(table, row as never);
    last = page.at(-1);
  } while (last !== undefined);
}

const keyOf = (table: keyof Tables, row: object): unknown[] =>
  keys[table].map((key) => (row as Readonly<Record<string, unknown>>)[key]);

/**
 * Keeps records of another store, page by page.
 *
 * @throws BadInputError when one cannot be read; the pages before it are kept
 */
export async function keepRecords(write: Write, records: AsyncIterable<StoreRecord>): Promise<void> {
  // Kept when all samples are there: an import that breaks off must not leave a boot that claims the rest.
  const boots: StoreRecord[] = [];
  let page: StoreRecord[] = [];
  const keepPage = async (full: readonly StoreRecord[]): Promise<void> => {
    const rows = full.map(rowOf);
    await write((transaction) => keepRows(transaction, rows));
  };
  for await (const record of records) {
    (record.table === "boots" ? boots : page).push(record);
    if (page.length < pageSize) continue;
    await keepPage(page);
    page = [];
  }
  await keepPage(page);
  for (let at = 0; at < boots.length; at += pageSize) await keepPage(boots.slice(at, at + pageSize));
}

async function keepRows(database: Transaction<Tables>, rows: readonly ReturnType<typeof rowOf>[]): Promise<void> {
  const samples: Insertable<Tables["samples"]>[] = [];
  const reports: Insertable<Tables["reports"]>[] = [];
  const labels: Insertable<Tables["labels"]>[] = [];
  for (const { table, row } of rows) {
    if (table === "samples") samples.push(row);
    else if (table === "reports") reports.push(row);
    else if (table === "labels") labels.push(row);
    else if (table === "boots") await keepBoot(database, row);
    else await keepNew(database, table, row);
  }
  await insertSamples(database, samples);
  await insertReports(database, reports);
  await insertLabels(database, labels);
}

async function keepNew<T extends keyof Tables>(
  database: Transaction<Tables>,
  table: T,
  row: Insertable<Tables[T]>,
): Promise<void> {
  const columns = Object.keys(row);
  const values = Object.values(row);
  await sql`
    INSERT INTO ${sql.table(table)} (${sql.join(columns.map((column) => sql.ref(column)))}) VALUES (${sql.join(values)})
    ON CONFLICT DO NOTHING`.execute(database);
}

/** The further of two prefixes is right: both are of one device that let go of nothing that was not kept. */
async function keepBoot(database: Transaction<Tables>, row: Insertable<Tables["boots"]>): Promise<void> {
  await database
    .insertInto("boots")
    .values(row)
    .onConflict((conflict) =>
      conflict.columns(["fleet", "device", "boot"]).doUpdateSet({ prefix: furtherOf("prefix"), pruned: furtherOf("pruned") }),
    )
    .execute();
}
