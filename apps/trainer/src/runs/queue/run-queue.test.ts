import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Seconds } from "@ohmwork/core";
import { createFakeClock } from "@ohmwork/core/testing";
import pg from "pg";
import { afterAll, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { openPostgres, type PostgresDatabases, requirePostgres } from "../../testing/postgres.ts";
import { openPgBossRunQueue } from "./pg-boss-run-queue.ts";
import { type Claim, leaseSeconds, pauseSeconds, type RunQueue } from "./run-queue.ts";
import { createSqliteRunQueue } from "./sqlite-run-queue.ts";

/** Queues of two workers on one database, and time that passes there. */
type Bench = { readonly queues: readonly [RunQueue, RunQueue]; readonly pass: (seconds: number) => Promise<void> };

function sqliteBench(): Bench {
  const folder = mkdtempSync(join(tmpdir(), "ohmwork-queue-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "trainer.sqlite");
  const clock = createFakeClock(1_000_000);
  const open = (): RunQueue => createSqliteRunQueue({ file, fleet: "home", clock });
  return { queues: [open(), open()], pass: async (seconds) => clock.advance(Seconds(seconds)) };
}

async function pgBossBench(url: string): Promise<Bench> {
  const schema = `queue_${randomUUID().replaceAll("-", "")}`;
  const open = (): Promise<RunQueue> => openPgBossRunQueue({ url, fleet: "home", schema });
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  onTestFinished(async () => {
    await client.query(`DROP SCHEMA ${schema} CASCADE`);
    await client.end();
  });
  const pass = async (seconds: number): Promise<void> => {
    const past = (column: string): string => `${column} = ${column} - interval '${seconds} seconds'`;
    await client.query(`UPDATE ${schema}.job SET ${["heartbeat_on", "start_after"].map(past).join(", ")}`);
    await client.query(`UPDATE ${schema}.queue SET ${past("monitor_on")}`);
    await new Promise((resolve) => setTimeout(resolve, 1050)); // no lease is looked at more often
  };
  return { queues: [await open(), await open()], pass };
}

let server: PostgresDatabases | undefined;
afterAll(() => server?.[Symbol.asyncDispose]());

const kinds = [
  { name: "SQLite", create: async () => sqliteBench(), requires: (): void => undefined },
  {
    name: "PostgreSQL",
    create: async () => {
      server ??= await openPostgres();
      return pgBossBench(await server.createDatabase());
    },
    requires: requirePostgres,
  },
];

describe.each(kinds)("a queue of runs on $name", ({ create, requires }) => {
  beforeEach((context) => requires(context));
  const bench = async (): Promise<Bench> => {
    const made = await create();
    onTestFinished(async () => {
      for (const queue of made.queues) await queue[Symbol.asyncDispose]();
    });
    return made;
  };
  const runs = ["0a", "1b", "2c"].map((head) => `${head}${randomUUID().slice(2)}`) as [string, string, string];

  it("gives runs in their order, each to one worker", async () => {
    const { queues } = await bench();
    const [one, two] = queues;
    for (const run of runs.toReversed()) await one.enqueue(run);
    const claims = [await two.claim(), await one.claim(), await two.claim(), await one.claim()];
    expect(claims.map((claim) => claim?.run)).toEqual([...runs.toReversed(), undefined]);
  });

  it("takes a run once, waiting or claimed, and again after it was completed", async () => {
    const { queues } = await bench();
    const [one, two] = queues;
    await one.enqueue(runs[0]);
    await two.enqueue(runs[0]);
    const claim = (await two.claim()) as Claim;
    await one.enqueue(runs[0]);
    expect(await one.claim()).toBeUndefined();
    await two.complete(claim);
    expect(await one.claim()).toBeUndefined();
    await one.enqueue(runs[0]);
    expect((await one.claim())?.run).toBe(runs[0]);
  });

  it("gives a run to another worker when its own was not heard of, and hears the first one no more", async () => {
    const { queues, pass } = await bench();
    const [one, two] = queues;
    await one.enqueue(runs[0]);
    const first = (await one.claim()) as Claim;
    await pass(leaseSeconds - 5);
    expect(await one.heartbeat(first)).toBe(true);
    await pass(leaseSeconds - 5);
    expect(await two.claim()).toBeUndefined();
    await pass(10);
    // On one of the two, a run that lost its worker waits like one that was given back.
    const second = (await two.claim()) ?? (await pass(pauseSeconds + 1).then(() => two.claim()));
    expect(second?.run).toBe(runs[0]);
    expect(await one.heartbeat(first)).toBe(false);
    await one.complete(first);
    await one.release(first);
    expect(await two.heartbeat(second as Claim)).toBe(true);
    expect(await one.claim()).toBeUndefined();
  });

  it("gives a run back after a pause", async () => {
    const { queues, pass } = await bench();
    const [one, two] = queues;
    await one.enqueue(runs[0]);
    await one.enqueue(runs[1]);
    const claim = (await one.claim()) as Claim;
    await one.release(claim);
    expect(await one.heartbeat(claim)).toBe(false);
    expect((await two.claim())?.run).toBe(runs[1]);
    expect(await two.claim()).toBeUndefined();
    await pass(pauseSeconds + 1);
    expect((await two.claim())?.run).toBe(runs[0]);
  });

  it("takes a run out, waiting or claimed", async () => {
    const { queues } = await bench();
    const [one, two] = queues;
    await one.enqueue(runs[0]);
    await one.withdraw(runs[0]);
    expect(await one.claim()).toBeUndefined();
    await one.enqueue(runs[1]);
    const claim = (await two.claim()) as Claim;
    await one.withdraw(runs[1]);
    expect(await two.heartbeat(claim)).toBe(false);
    expect(await one.claim()).toBeUndefined();
  });
});
