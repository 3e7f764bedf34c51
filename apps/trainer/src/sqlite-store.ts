import type { DatabaseSync } from "node:sqlite";
import { openSqlite } from "@ohmwork/runtime";
import type { Progress } from "@ohmwork/wire";
import type { CommitResult, CommittedPrefix, FleetSummary, Ingest, TrainerStore } from "./store.ts";

const migrations = [
  `CREATE TABLE devices (
     fleet TEXT NOT NULL, device TEXT NOT NULL, boot TEXT NOT NULL, online INTEGER NOT NULL, birth TEXT, changed_at INTEGER NOT NULL,
     PRIMARY KEY (fleet, device)
   ) STRICT;
   CREATE TABLE boots (
     fleet TEXT NOT NULL, device TEXT NOT NULL, boot TEXT NOT NULL, prefix INTEGER NOT NULL,
     PRIMARY KEY (fleet, device, boot)
   ) STRICT;
   CREATE TABLE samples (
     fleet TEXT NOT NULL, device TEXT NOT NULL, boot TEXT NOT NULL, seq INTEGER NOT NULL, id TEXT NOT NULL,
     at INTEGER NOT NULL, clock_synchronised INTEGER NOT NULL, task TEXT NOT NULL, revision INTEGER NOT NULL,
     payload BLOB NOT NULL, received_at INTEGER NOT NULL,
     PRIMARY KEY (fleet, device, boot, seq)
   ) STRICT;
   CREATE TABLE progress (
     id INTEGER PRIMARY KEY, fleet TEXT NOT NULL, device TEXT NOT NULL, boot TEXT NOT NULL, step INTEGER NOT NULL,
     payload TEXT NOT NULL, received_at INTEGER NOT NULL
   ) STRICT;
   CREATE INDEX progress_of_device ON progress (fleet, device, id);`,
];

/**
 * A store in one SQLite file.
 *
 * @throws StoreFailedError when the file cannot be opened
 */
export function openSqliteStore(file: string): TrainerStore {
  const sqlite = openSqlite(file, migrations);
  return {
    commit: async (fleet, ingest) => sqlite.transaction((database) => commit(database, fleet, ingest)),
    summary: async (fleet) => sqlite.transaction((database) => summarise(database, fleet)),
    [Symbol.asyncDispose]: async () => sqlite.close(),
  };
}

function commit(database: DatabaseSync, fleet: string, ingest: Ingest): CommitResult {
  const { receivedAt, births, statuses, progress, samples } = ingest;

  // A device that starts again announces a new boot; a will of the old one that comes late must not take it down.
  const keepStatus = database.prepare(
    `INSERT INTO devices VALUES (?, ?, ?, ?, NULL, ?) ON CONFLICT DO UPDATE
     SET boot = excluded.boot, online = excluded.online, changed_at = excluded.changed_at
     WHERE excluded.online = 1 OR boot = excluded.boot`,
  );
  for (const [device, { boot, state }] of statuses) keepStatus.run(fleet, device, boot, state === "online" ? 1 : 0, receivedAt);

  const keepBirth = database.prepare(
    `INSERT INTO devices VALUES (?, ?, ?, 1, ?, ?) ON CONFLICT DO UPDATE SET birth = excluded.birth`,
  );
  // What the device has let go of was acknowledged by a trainer: in this store or in one that is gone.
  const raisePrefix = database.prepare(
    `INSERT INTO boots VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET prefix = max(prefix, excluded.prefix)`,
  );
  for (const [device, birth] of births) {
    keepBirth.run(fleet, device, birth.boot, JSON.stringify(birth), receivedAt);
    raisePrefix.run(fleet, device, birth.boot, Math.max(0, birth.outbox.oldest - 1));
  }

  const keepProgress = database.prepare("INSERT INTO progress VALUES (NULL, ?, ?, ?, ?, ?, ?)");
  for (const { device, progress: one } of progress) {
    keepProgress.run(fleet, device, one.boot, one.step, JSON.stringify(one), receivedAt);
  }

  const keepSample = database.prepare("INSERT INTO samples VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING");
  const touched = new Map<string, { device: string; boot: string }>();
  let stored = 0;
  for (const { device, sample, payload } of samples) {
    const { boot, seq, id, at, clockSynchronised, task, revision } = sample;
    const synchronised = clockSynchronised ? 1 : 0;
    const { changes } = keepSample.run(fleet, device, boot, seq, id, at, synchronised, task, revision, payload, receivedAt);
    stored += Number(changes);
    touched.set(`${device}/${boot}`, { device, boot });
  }
  const prefixes = Array.from(touched.values(), ({ device, boot }) => advancePrefix(database, fleet, device, boot));
  return { prefixes, stored, duplicates: samples.length - stored };
}

/** Moves the prefix of a boot over every sample that follows without a gap. */
function advancePrefix(database: DatabaseSync, fleet: string, device: string, boot: string): CommittedPrefix {
  database.prepare("INSERT INTO boots VALUES (?, ?, ?, 0) ON CONFLICT DO NOTHING").run(fleet, device, boot);
  const row = database
    .prepare(
      `WITH RECURSIVE run (seq) AS (
         SELECT prefix FROM boots WHERE fleet = :fleet AND device = :device AND boot = :boot
         UNION ALL
         SELECT samples.seq FROM samples, run
         WHERE fleet = :fleet AND device = :device AND boot = :boot AND samples.seq = run.seq + 1
       )
       UPDATE boots SET prefix = (SELECT max(seq) FROM run)
       WHERE fleet = :fleet AND device = :device AND boot = :boot RETURNING prefix`,
    )
    .get({ fleet, device, boot });
  return { device, boot, upTo: Number(row?.["prefix"]) };
}

function summarise(database: DatabaseSync, fleet: string): FleetSummary {
  const rows = database
    .prepare(
      `WITH known (device) AS (
         SELECT device FROM devices WHERE fleet = :fleet
         UNION SELECT DISTINCT device FROM samples WHERE fleet = :fleet
         UNION SELECT DISTINCT device FROM progress WHERE fleet = :fleet
       )
       SELECT device,
         coalesce((SELECT online FROM devices WHERE fleet = :fleet AND devices.device = known.device), 0) AS online,
         (SELECT count(*) FROM samples WHERE fleet = :fleet AND samples.device = known.device) AS samples,
         (SELECT payload FROM progress WHERE fleet = :fleet AND progress.device = known.device ORDER BY id DESC LIMIT 1) AS progress
       FROM known ORDER BY device`,
    )
    .all({ fleet });
  const devices = rows.map(({ device, online, samples, progress }) => ({
    device: String(device),
    online: online === 1,
    samples: Number(samples),
    ...(typeof progress === "string" && { lastProgress: JSON.parse(progress) as Progress }),
  }));
  return { samples: devices.reduce((sum, { samples }) => sum + samples, 0), devices };
}
