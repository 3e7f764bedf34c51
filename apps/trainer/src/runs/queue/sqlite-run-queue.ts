import type { Clock } from "@ohmwork/core";
import { openSqlite } from "@ohmwork/runtime";
import { type Claim, leaseSeconds, pauseSeconds, type RunQueue } from "./run-queue.ts";

const migrations: readonly string[] = [
  `CREATE TABLE run_queue (
     place INTEGER PRIMARY KEY AUTOINCREMENT, fleet TEXT NOT NULL, run TEXT NOT NULL, attempt INTEGER NOT NULL,
     free_at INTEGER NOT NULL, UNIQUE (fleet, run)
   ) STRICT`,
];

/**
 * A queue in a SQLite file, for the workers of one machine. Leases go by its wall clock: when that jumps, a run may be given
 * away early or late.
 *
 * @throws StoreFailedError when the file cannot be opened
 */
export function createSqliteRunQueue(options: {
  readonly file: string;
  readonly fleet: string;
  readonly clock: Clock;
}): RunQueue {
  const { file, fleet, clock } = options;
  // What the power takes away the store gives again, and the fence there holds; each claim would wait for the disk.
  const sqlite = openSqlite(file, migrations, { durable: false });
  const now = (): number => Math.floor(clock.now());
  /** @returns whether the claim stood */
  const change = (sql: string, ...values: readonly (string | number)[]): boolean =>
    sqlite.transaction((database) => Number(database.prepare(sql).run(...values).changes) > 0);

  return {
    enqueue: async (run) => {
      const place = "(SELECT coalesce(max(place), 0) + 1 FROM run_queue)";
      change(`INSERT INTO run_queue VALUES (${place}, ?, ?, 0, 0) ON CONFLICT DO NOTHING`, fleet, run);
    },
    claim: async () =>
      sqlite.transaction((database): Claim | undefined => {
        const at = now();
        const first = database
          .prepare(
            `UPDATE run_queue SET attempt = attempt + 1, free_at = ? WHERE place = (
               SELECT place FROM run_queue WHERE fleet = ? AND free_at <= ? ORDER BY place LIMIT 1
             ) RETURNING run, attempt`,
          )
          .get(at + leaseSeconds * 1000, fleet, at);
        return first && { run: String(first["run"]), attempt: Number(first["attempt"]) };
      }),
    heartbeat: async ({ run, attempt }) => {
      const until = now() + leaseSeconds * 1000;
      return change("UPDATE run_queue SET free_at = ? WHERE fleet = ? AND run = ? AND attempt = ?", until, fleet, run, attempt);
    },
    complete: async ({ run, attempt }) =>
      void change("DELETE FROM run_queue WHERE fleet = ? AND run = ? AND attempt = ?", fleet, run, attempt),
    release: async ({ run, attempt }) => {
      const from = now() + pauseSeconds * 1000;
      // Another attempt: a heartbeat that comes late must not take it back.
      const free = "UPDATE run_queue SET free_at = ?, attempt = attempt + 1 WHERE fleet = ? AND run = ? AND attempt = ?";
      change(free, from, fleet, run, attempt);
    },
    withdraw: async (run) => void change("DELETE FROM run_queue WHERE fleet = ? AND run = ?", fleet, run),
    [Symbol.asyncDispose]: async () => sqlite.close(),
  };
}
