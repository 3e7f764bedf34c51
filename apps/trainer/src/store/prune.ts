import { sql, type Transaction } from "kysely";
import type { Pruned } from "./store.ts";
import type { Tables } from "./tables.ts";

/** Deletes what retention no longer asks for, inside a transaction; what stays behind of a boot says what is gone. */
export async function prune(database: Transaction<Tables>, fleet: string, before: number): Promise<Pruned> {
  // First, so that a sample which comes again while this goes on waits, and then finds that it is not taken any more.
  const old = sql`
    FROM samples WHERE samples.fleet = ${fleet} AND samples.device = boots.device AND samples.boot = boots.boot
      AND samples.seq <= boots.prefix AND samples.received_at < ${before}`;
  await sql`
    UPDATE boots SET pruned = (SELECT max(seq) ${old})
    WHERE fleet = ${fleet} AND EXISTS (SELECT 1 ${old} AND samples.seq > boots.pruned)`.execute(database);
  const { rows } = await sql<{ boot: string }>`
    DELETE FROM samples WHERE fleet = ${fleet} AND received_at < ${before} AND seq <= (
      SELECT pruned FROM boots WHERE boots.fleet = ${fleet} AND boots.device = samples.device AND boots.boot = samples.boot
    ) RETURNING boot`.execute(database);
  const labels = await sql`
    DELETE FROM labels WHERE fleet = ${fleet} AND received_at < ${before} AND NOT EXISTS (
      SELECT 1 FROM samples WHERE samples.fleet = ${fleet} AND samples.device = labels.device AND samples.id = labels.sample
    ) RETURNING at`.execute(database);
  const reports = await sql`
    DELETE FROM reports WHERE fleet = ${fleet} AND received_at < ${before} AND id NOT IN (
      SELECT max(id) FROM reports WHERE fleet = ${fleet} GROUP BY device, kind
    ) RETURNING id`.execute(database);
  await sql`
    DELETE FROM run_exchanges WHERE fleet = ${fleet} AND run IN (
      SELECT id FROM runs WHERE fleet = ${fleet} AND changed_at < ${before} AND state IN ('done', 'failed', 'cancelled')
    )`.execute(database);
  return { samples: rows.length, labels: labels.rows.length, reports: reports.rows.length };
}
