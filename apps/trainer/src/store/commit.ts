import { createHash } from "node:crypto";
import type { Birth, Reported, Status } from "@ohmwork/wire";
import { type Insertable, sql, type Transaction } from "kysely";
import { furtherOf } from "./further-of.ts";
import { columnText, sampleRow } from "./sample-row.ts";
import type { CommitResult, CommittedPrefix, Ingest } from "./store.ts";
import type { Tables } from "./tables.ts";

/** Rows of one INSERT: twelve values each stay below what both databases take. */
const chunkSize = 500;

/** Keeps what came in, inside a transaction, and says up to where each boot is complete now. */
export async function commit(database: Transaction<Tables>, fleet: string, ingest: Ingest): Promise<CommitResult> {
  const { receivedAt, births, statuses, progress, samples, labels = [], reported = new Map<string, Reported>() } = ingest;
  await keepStatuses(database, fleet, receivedAt, statuses);
  await keepBirths(database, fleet, receivedAt, births);
  const pruned = await lockBoots(database, fleet, ingest);

  const rows = samples.map(({ device, sample, payload }) => sampleRow(fleet, device, sample, payload, receivedAt));
  const stored = await insertSamples(
    database,
    rows.filter(({ device, boot, seq }) => seq > (pruned.get(`${device}/${boot}`) ?? 0)),
  );

  const reports = progress.map(({ device, progress: one }) => reportOf(fleet, device, "progress", one.boot, one, receivedAt));
  for (const [device, one] of reported) {
    reports.push(reportOf(fleet, device, "reported", one.boot, one, receivedAt));
    const row = { fleet, device, boot: one.boot, online: 0, reported: JSON.stringify(one), changed_at: receivedAt };
    await database
      .insertInto("devices")
      .values(row)
      .onConflict((conflict) => conflict.columns(["fleet", "device"]).doUpdateSet({ reported: row.reported }))
      .execute();
  }
  await insertReports(database, reports);
  await insertLabels(
    database,
    labels.map(({ device, label: { sample, label, by, at } }) => {
      return { fleet, device, sample, by: columnText(by), at, label: JSON.stringify(label), received_at: receivedAt };
    }),
  );

  const touched = new Map(samples.map(({ device, sample: { boot } }) => [`${device}/${boot}`, { device, boot }]));
  for (const { device, boot } of bootsOf(births)) touched.set(`${device}/${boot}`, { device, boot });
  const prefixes = await advance(database, fleet, touched.values().toArray());
  return { prefixes, stored, duplicates: samples.length - stored };
}

const byName = (a: readonly [string, unknown], b: readonly [string, unknown]): number => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0);

/** A device that starts again announces a new boot; a will of the old one that comes late must not take it down. */
async function keepStatuses(
  database: Transaction<Tables>,
  fleet: string,
  receivedAt: number,
  statuses: ReadonlyMap<string, Status>,
): Promise<void> {
  const rows = [...statuses].toSorted(byName).map(([device, { boot, state }]) => {
    return { fleet, device, boot, online: state === "online" ? 1 : 0, changed_at: receivedAt };
  });
  if (rows.length === 0) return;
  await database
    .insertInto("devices")
    .values(rows)
    .onConflict((conflict) =>
      conflict
        .columns(["fleet", "device"])
        .doUpdateSet((eb) => ({
          boot: eb.ref("excluded.boot"),
          online: eb.ref("excluded.online"),
          changed_at: eb.ref("excluded.changed_at"),
        }))
        .where((eb) => eb.or([eb("excluded.online", "=", 1), eb("devices.boot", "=", eb.ref("excluded.boot"))]))
        .where((eb) =>
          eb.or([eb("excluded.online", "!=", eb.ref("devices.online")), eb("devices.boot", "!=", eb.ref("excluded.boot"))]),
        ),
    )
    .execute();
}

async function keepBirths(
  database: Transaction<Tables>,
  fleet: string,
  receivedAt: number,
  births: ReadonlyMap<string, Birth>,
): Promise<void> {
  const rows = [...births].toSorted(byName).map(([device, birth]) => {
    return { fleet, device, boot: birth.boot, online: 1, birth: JSON.stringify(birth), changed_at: receivedAt };
  });
  if (rows.length === 0) return;
  await database
    .insertInto("devices")
    .values(rows)
    .onConflict((conflict) => conflict.columns(["fleet", "device"]).doUpdateSet((eb) => ({ birth: eb.ref("excluded.birth") })))
    .execute();
}

/**
 * Makes and locks the row of every boot that is written to, always in one order, so that of two trainers with samples of one
 * boot the second counts what the first has stored.
 *
 * @returns `pruned` of each, by `{device}/{boot}`
 */
async function lockBoots(database: Transaction<Tables>, fleet: string, ingest: Ingest): Promise<ReadonlyMap<string, number>> {
  const prefixes = new Map<string, { device: string; boot: string; prefix: number }>();
  for (const { device, sample } of ingest.samples)
    prefixes.set(`${device}/${sample.boot}`, { device, boot: sample.boot, prefix: 0 });
  // What the device has let go of was acknowledged by a trainer: in this store or in one that is gone.
  for (const { device, boot, oldest } of bootsOf(ingest.births)) {
    prefixes.set(`${device}/${boot}`, { device, boot, prefix: Math.max(0, oldest - 1) });
  }
  const pruned = new Map<string, number>();
  for (const chunk of chunksOf([...prefixes].toSorted(byName))) {
    const rows = await database
      .insertInto("boots")
      .values(chunk.map(([, boot]) => ({ fleet, ...boot, pruned: 0 })))
      .onConflict((conflict) => conflict.columns(["fleet", "device", "boot"]).doUpdateSet({ prefix: furtherOf("prefix") }))
      .returning(["device", "boot", "pruned"])
      .execute();
    for (const row of rows) pruned.set(`${row.device}/${row.boot}`, row.pruned);
  }
  return pruned;
}

/** Every boot that a device still has samples of, with the first of them. */
function bootsOf(births: ReadonlyMap<string, Birth>): { device: string; boot: string; oldest: number }[] {
  return [...births].flatMap(
    ([
      device,
      {
        boot,
        outbox: { oldest, earlier = {} },
      },
    ]) => Object.entries({ ...earlier, [boot]: oldest }).map(([one, first]) => ({ device, boot: one, oldest: first })),
  );
}

/** @returns how many were not there yet */
export async function insertSamples(
  database: Transaction<Tables>,
  rows: readonly Insertable<Tables["samples"]>[],
): Promise<number> {
  let stored = 0;
  for (const chunk of chunksOf(rows)) {
    const insert = database
      .insertInto("samples")
      .values(chunk)
      .onConflict((conflict) => conflict.doNothing());
    stored += (await insert.returning("seq").execute()).length;
  }
  return stored;
}

export async function insertReports(
  database: Transaction<Tables>,
  rows: readonly Insertable<Tables["reports"]>[],
): Promise<void> {
  for (const chunk of chunksOf(rows)) {
    await database
      .insertInto("reports")
      .values(chunk)
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  }
}

/** Of two labels by one person for the same moment the greater one stays, whichever came first. */
export async function insertLabels(database: Transaction<Tables>, rows: readonly Insertable<Tables["labels"]>[]): Promise<void> {
  for (const row of rows) {
    await database
      .insertInto("labels")
      .values(row)
      .onConflict((conflict) =>
        conflict
          .columns(["fleet", "device", "sample", "by", "at"])
          .doUpdateSet((eb) => ({ label: eb.ref("excluded.label") }))
          .where((eb) => eb("excluded.label", ">", eb.ref("labels.label"))),
      )
      .execute();
  }
}

function reportOf(
  fleet: string,
  device: string,
  kind: string,
  boot: string,
  report: object,
  receivedAt: number,
): Insertable<Tables["reports"]> {
  const payload = JSON.stringify(report);
  const digest = createHash("sha256").update(payload).digest("hex").slice(0, 32);
  return { fleet, device, boot, kind, digest, payload, received_at: receivedAt };
}

function chunksOf<Row>(rows: readonly Row[]): Row[][] {
  return Array.from({ length: Math.ceil(rows.length / chunkSize) }, (_, i) => rows.slice(i * chunkSize, (i + 1) * chunkSize));
}

/** Moves the prefix of each boot over every sample that follows without a gap. */
async function advance(
  database: Transaction<Tables>,
  fleet: string,
  boots: readonly { readonly device: string; readonly boot: string }[],
): Promise<CommittedPrefix[]> {
  const prefixes: CommittedPrefix[] = [];
  for (const chunk of chunksOf(boots)) prefixes.push(...(await advanceSome(database, fleet, chunk)));
  return prefixes;
}

async function advanceSome(
  database: Transaction<Tables>,
  fleet: string,
  boots: readonly { readonly device: string; readonly boot: string }[],
): Promise<CommittedPrefix[]> {
  const wanted = sql.join(boots.map(({ device, boot }) => sql`(${device}, ${boot})`));
  const { rows } = await sql<{ device: string; boot: string; prefix: number; up_to: number; beyond: number | null }>`
    WITH RECURSIVE run (device, boot, seq) AS (
      SELECT device, boot, prefix FROM boots WHERE fleet = ${fleet} AND (device, boot) IN (${wanted})
      UNION ALL
      SELECT run.device, run.boot, samples.seq FROM run JOIN samples
        ON samples.fleet = ${fleet} AND samples.device = run.device AND samples.boot = run.boot AND samples.seq = run.seq + 1
    ), top (device, boot, prefix, up_to) AS (SELECT device, boot, min(seq), max(seq) FROM run GROUP BY device, boot)
    SELECT device, boot, prefix, up_to, (
      SELECT min(samples.seq) FROM samples
      WHERE samples.fleet = ${fleet} AND samples.device = top.device AND samples.boot = top.boot AND samples.seq > top.up_to
    ) AS beyond
    FROM top ORDER BY device, boot`.execute(database);
  for (const { device, boot, prefix, up_to } of rows) {
    if (up_to === prefix) continue;
    await database
      .updateTable("boots")
      .set({ prefix: up_to })
      .where("fleet", "=", fleet)
      .where("device", "=", device)
      .where("boot", "=", boot)
      .execute();
  }
  return rows.map(({ device, boot, up_to: upTo, beyond }) => ({ device, boot, upTo, ...(beyond !== null && { beyond }) }));
}
