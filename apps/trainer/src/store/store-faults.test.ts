import { mkdtempSync, statSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { recordGuarantee } from "@ohmwork/core/testing";
import { StoreFailedError } from "@ohmwork/runtime";
import { encode, type Sample } from "@ohmwork/wire";
import { describe, expect, it } from "vitest";
import { requirePostgres, startPostgres } from "../testing/postgres.ts";
import { openStore } from "./open-store.ts";
import type { Ingest } from "./store.ts";

const storeFile = (): string => join(mkdtempSync(join(tmpdir(), "ohmwork-store-")), "trainer.sqlite");

const sampleOf = (seq: number): Sample => {
  const values = { inputs: Float32Array.of(seq), measured: { outputs: Float32Array.of(3) } };
  return { boot: "b1", seq, id: `b1-${seq}`, at: 1, clockSynchronised: false, task: "sum", revision: 7, ...values };
};
const ingestOf = (...seqs: number[]): Ingest => {
  const samples = seqs.map((seq) => ({ device: "d1", sample: sampleOf(seq), payload: encode("sample", sampleOf(seq)) }));
  return { receivedAt: 1, births: new Map(), statuses: new Map(), progress: [], samples };
};

describe("a store in SQLite", () => {
  it.skipIf(process.platform === "win32")("is for its owner only, with all that stands beside it", async () => {
    const file = storeFile();
    await using store = await openStore(file);
    await store.commit("home", ingestOf(1));
    expect([file, `${file}-wal`, `${file}-shm`].map((one) => statSync(one).mode & 0o777)).toEqual([0o600, 0o600, 0o600]);
  });

  it("keeps nothing of a batch that the disk has no room for, and goes on when it has", async () => {
    const file = storeFile();
    await using store = await openStore(file);
    await store.commit("home", ingestOf(1));
    {
      // As SQLite does when the disk is full: the whole transaction is rolled back under the statement.
      using other = new DatabaseSync(file);
      other.exec(`CREATE TRIGGER full BEFORE INSERT ON samples WHEN NEW.seq = 3
        BEGIN SELECT RAISE(ROLLBACK, 'database or disk is full'); END`);
    }
    const failure = await store.commit("home", ingestOf(2, 3)).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(StoreFailedError);
    expect((failure as Error).message).toBe(`Could not write the store ${file}: database or disk is full`);
    expect((await store.summary("home")).samples).toBe(1);
    {
      using other = new DatabaseSync(file);
      other.exec("DROP TRIGGER full");
    }
    expect((await store.commit("home", ingestOf(2, 3))).prefixes).toEqual([{ device: "d1", boot: "b1", upTo: 3 }]);
  });

  it("waits for another program that writes, and does not stand still meanwhile", async () => {
    const file = storeFile();
    await using store = await openStore(file);
    using other = new DatabaseSync(file);
    other.exec("BEGIN IMMEDIATE");
    const committing = store.commit("home", ingestOf(1));
    await new Promise((resolve) => void setTimeout(resolve, 50)); // runs, because nothing blocks
    other.exec("COMMIT");
    expect((await committing).stored).toBe(1);
  });

  it("reads what the first version wrote, and writes on", async (context) => {
    const file = storeFile();
    {
      using old = new DatabaseSync(file);
      old.exec(`
        CREATE TABLE migrations (version INTEGER PRIMARY KEY, applied_at TEXT NOT NULL);
        CREATE TABLE devices (
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
        CREATE INDEX progress_of_device ON progress (fleet, device, id);
        INSERT INTO migrations VALUES (1, datetime('now'));
        INSERT INTO devices VALUES ('home', 'd1', 'b1', 1, NULL, 5);
        INSERT INTO boots VALUES ('home', 'd1', 'b1', 1)`);
      const insert = old.prepare("INSERT INTO samples VALUES ('home', 'd1', 'b1', 1, 'b1-1', 1, 0, 'sum', 7, ?, 1)");
      insert.run(encode("sample", sampleOf(1)));
      const report = old.prepare("INSERT INTO progress VALUES (NULL, 'home', 'd1', 'b1', ?, ?, 1)");
      for (const step of [1, 2]) report.run(step, JSON.stringify({ boot: "b1", task: "sum", step, steps: 9, error: 1 }));
    }
    await using store = await openStore(file);
    expect(await store.samples("home", { limit: 9 })).toEqual([{ device: "d1", receivedAt: 1, sample: sampleOf(1) }]);
    expect((await store.commit("home", ingestOf(2))).prefixes).toEqual([{ device: "d1", boot: "b1", upTo: 2 }]);
    expect(await store.summary("home")).toMatchObject({
      devices: [{ device: "d1", online: true, samples: 2, lastProgress: { step: 2 } }],
    });
    recordGuarantee(context, { guarantee: "P18", fault: "a trainer's store of the first version", count: 1 });
  });
});

describe("a store in PostgreSQL", () => {
  it("holds what it gave a result for when the server crashes, and goes on when it is back", async (context) => {
    requirePostgres(context);
    if (process.env["DATABASE_URL"] !== undefined) context.skip("the server of DATABASE_URL is not crashed");
    await using server = await startPostgres();
    await using store = await openStore(await server.createDatabase());
    let acknowledged = 0;
    const failures: unknown[] = [];
    for (let round = 0; round < 3; round += 1) {
      const crashing = new Promise((resolve) => void setTimeout(resolve, 100)).then(() => server.crash());
      while (failures.length === round) {
        const seqs = Array.from({ length: 10 }, (_, i) => acknowledged + 1 + i);
        const result = await store.commit("home", ingestOf(...seqs)).catch((error: unknown) => void failures.push(error));
        acknowledged = result?.prefixes[0]?.upTo ?? acknowledged;
      }
      await crashing;
      await server.restart();
      expect((await store.summary("home")).samples).toBeGreaterThanOrEqual(acknowledged);
    }
    expect(failures.every((failure) => failure instanceof StoreFailedError)).toBe(true);
    const { prefixes } = await store.commit("home", ingestOf(acknowledged + 1));
    expect(prefixes[0]?.upTo).toBeGreaterThan(acknowledged);
    const count = failures.length;
    recordGuarantee(context, {
      guarantee: "P1",
      fault: "PostgreSQL crashes under a trainer's commits",
      count,
      measured: { acknowledged },
    });
  });
});
