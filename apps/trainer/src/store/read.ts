import { type Birth, decode, type Label, type Progress, type Reported } from "@ohmwork/wire";
import { type Kysely, type Selectable, sql } from "kysely";
import type { CommittedPrefix, DeviceState, FleetSummary, SampleQuery, StoredParameterSet, StoredSample } from "./store.ts";
import type { Tables } from "./tables.ts";

type Database = Kysely<Tables>;

export async function summarise(database: Database, fleet: string): Promise<FleetSummary> {
  const { rows } = await sql<{ device: string; online: number; samples: number; progress: string | null }>`
    WITH known (device) AS (
      SELECT device FROM devices WHERE fleet = ${fleet}
      UNION SELECT device FROM boots WHERE fleet = ${fleet}
      UNION SELECT DISTINCT device FROM reports WHERE fleet = ${fleet}
    )
    SELECT device,
      coalesce((SELECT online FROM devices WHERE fleet = ${fleet} AND devices.device = known.device), 0) AS online,
      (SELECT count(*) FROM samples WHERE fleet = ${fleet} AND samples.device = known.device) AS samples,
      (
        SELECT payload FROM reports
        WHERE fleet = ${fleet} AND reports.device = known.device AND kind = 'progress' ORDER BY id DESC LIMIT 1
      ) AS progress
    FROM known ORDER BY device`.execute(database);
  const devices = rows.map(({ device, online, samples, progress }) => ({
    device,
    online: online === 1,
    samples,
    ...(progress !== null && { lastProgress: JSON.parse(progress) as Progress }),
  }));
  return { samples: devices.reduce((sum, { samples }) => sum + samples, 0), devices };
}

export async function readDevices(database: Database, fleet: string, only?: readonly string[]): Promise<DeviceState[]> {
  if (only?.length === 0) return []; // PostgreSQL knows no empty list
  const all = database.selectFrom("devices").selectAll().where("fleet", "=", fleet);
  const rows = await (only === undefined ? all : all.where("device", "in", only)).orderBy("device").execute();
  return rows.map(({ device, online, boot, birth, reported, changed_at: changedAt }) => ({
    device,
    online: online === 1,
    boot,
    changedAt,
    ...(birth !== null && { birth: JSON.parse(birth) as Birth }),
    ...(reported !== null && { reported: JSON.parse(reported) as Reported }),
  }));
}

export async function readSamples(database: Database, fleet: string, wanted: SampleQuery): Promise<StoredSample[]> {
  const { device, boot, task, after, limit } = wanted;
  let query = database.selectFrom("samples").select(["device", "received_at", "payload"]).where("fleet", "=", fleet);
  if (device !== undefined) query = query.where("device", "=", device);
  if (boot !== undefined) query = query.where("boot", "=", boot);
  if (task !== undefined) query = query.where("task", "=", task);
  if (after !== undefined) {
    query = query.where((eb) => {
      return eb(eb.refTuple("device", "boot", "seq"), ">", eb.tuple(after.device, after.boot, after.seq));
    });
  }
  const rows = await query.orderBy("device").orderBy("boot").orderBy("seq").limit(limit).execute();
  return rows.flatMap(({ device: of, received_at: receivedAt, payload }) => {
    const sample = decode("sample", payload, Number.POSITIVE_INFINITY);
    return sample.ok ? [{ device: of, receivedAt, sample: sample.value }] : [];
  });
}

export async function readLabels(database: Database, fleet: string, sample: string): Promise<Label[]> {
  const rows = await database
    .selectFrom("labels")
    .selectAll()
    .where("fleet", "=", fleet)
    .where("sample", "=", sample)
    .orderBy("at")
    .orderBy("by")
    .execute();
  return rows.map(({ label, by, at }) => ({ sample, label: JSON.parse(label) as Label["label"], by, at }));
}

export async function readGaps(database: Database, fleet: string): Promise<Required<CommittedPrefix>[]> {
  const { rows } = await sql<{ device: string; boot: string; prefix: number; beyond: number | null }>`
    SELECT device, boot, prefix, (
      SELECT min(seq) FROM samples
      WHERE samples.fleet = ${fleet} AND samples.device = boots.device AND samples.boot = boots.boot AND seq > prefix
    ) AS beyond
    FROM boots WHERE fleet = ${fleet} ORDER BY device, boot`.execute(database);
  return rows.flatMap(({ device, boot, prefix: upTo, beyond }) => (beyond === null ? [] : [{ device, boot, upTo, beyond }]));
}

const parameterSetOf = (row: Selectable<Tables["parameter_sets"]>): StoredParameterSet => ({
  id: row.id,
  bytes: new Uint8Array(row.payload),
  receivedAt: row.received_at,
  ...(row.device !== null && { device: row.device }),
});

export async function readParameterSet(database: Database, fleet: string, id: string): Promise<StoredParameterSet | undefined> {
  const query = database.selectFrom("parameter_sets").selectAll().where("fleet", "=", fleet).where("id", "=", id);
  const row = await query.executeTakeFirst();
  return row === undefined ? undefined : parameterSetOf(row);
}

export async function readParameterSets(
  database: Database,
  fleet: string,
  { device, limit }: { readonly device?: string; readonly limit: number },
): Promise<StoredParameterSet[]> {
  let query = database.selectFrom("parameter_sets").selectAll().where("fleet", "=", fleet);
  if (device !== undefined) query = query.where("device", "=", device);
  const rows = await query.orderBy("received_at", "desc").orderBy("id").limit(limit).execute();
  return rows.map(parameterSetOf);
}
