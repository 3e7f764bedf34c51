import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { openStore } from "../../store/open-store.ts";
import type { TrainerStore } from "../../store/store.ts";
import { openPostgres, type PostgresDatabases, requirePostgres } from "../../testing/postgres.ts";
import { shortRun } from "../../testing/runs-bench.ts";
import type { RunProgress, RunResult } from "../run.ts";
import { RunLostError } from "./run-lost-error.ts";
import type { Fence } from "./run-store.ts";

let server: PostgresDatabases | undefined;
afterAll(() => server?.[Symbol.asyncDispose]());

const databases = [
  { name: "SQLite", create: async () => ":memory:", requires: (): void => undefined },
  {
    name: "PostgreSQL",
    create: async () => {
      server ??= await openPostgres();
      return server.createDatabase();
    },
    requires: requirePostgres,
  },
];

const progress: RunProgress = { steps: 2, stepsInAll: 9, loss: 0.5, accuracy: null };
const commitOf = (text: string): Parameters<TrainerStore["runs"]["commit"]>[1] => ({
  state: new TextEncoder().encode(text),
  progress,
  exchanges: [{ device: "crystal-1", request: `of-${text}`, payload: Uint8Array.of(1, 2) }],
});
const result: RunResult = {
  deviceAccuracy: 0.9,
  testRows: 10,
  twinAccuracy: 0.95,
  validationAccuracy: 0.9,
  counts: { deviceEvaluations: 1, skippedSteps: 0, retriedCalls: 0 },
  parameters: [{ layer: 3, name: "crystal", device: "crystal-1", sha256: "a".repeat(64) }],
  madeAt: 9,
};

/** The right of a worker to a run, and what it goes on from. */
async function begin(store: TrainerStore, run: string, worker: string): Promise<Fence & { readonly from?: Uint8Array }> {
  const begun = await store.runs.begin("home", run, worker, 2);
  if (begun.kind !== "begun") throw new RunLostError(run);
  return { fleet: "home", run, token: begun.token, ...(begun.state !== undefined && { from: begun.state }) };
}

describe.each(databases)("runs in $name", ({ create, requires }) => {
  beforeEach((context) => requires(context));
  const open = async (): Promise<TrainerStore> => {
    const store = await openStore(await create());
    for (const [i, id] of ["r1", "r2"].entries()) await store.runs.create("home", { id, spec: shortRun, at: i });
    return store;
  };

  it("are kept as they were begun, newest first, and the oldest is to be worked on first", async () => {
    await using store = await open();
    const run = { spec: shortRun, state: "queued", wish: "go-on", commits: 0, attempts: 0 };
    expect(await store.runs.read("home", "r1")).toEqual({ ...run, id: "r1", createdAt: 0, changedAt: 0 });
    expect((await store.runs.list("home", 9)).map(({ id }) => id)).toEqual(["r2", "r1"]);
    expect((await store.runs.list("home", 1)).map(({ id }) => id)).toEqual(["r2"]);
    expect(await store.runs.unfinished("home")).toEqual(["r1", "r2"]);
    expect(await store.runs.counts("home")).toEqual({ queued: 2 });
    expect(await store.runs.read("elsewhere", "r1")).toBeUndefined();
  });

  it("take commits of the worker that began last, and none of any other", async () => {
    await using store = await open();
    const first = await begin(store, "r1", "w1");
    await store.runs.commit(first, commitOf("one"), 3);
    const second = await begin(store, "r1", "w2");
    expect(second.from).toEqual(commitOf("one").state);
    const late = [
      store.runs.commit(first, commitOf("late"), 4),
      store.runs.finish(first, { result, sets: [], exchanges: [] }, 4),
      store.runs.leave(first, { state: "failed" }, 4),
      store.runs.nextLease(first, "crystal-1", 0),
    ];
    for (const refused of await Promise.allSettled(late)) expect(refused).toMatchObject({ reason: expect.any(RunLostError) });
    await store.runs.commit(second, commitOf("two"), 5);
    expect(await store.runs.read("home", "r1")).toMatchObject({ commits: 2, worker: "w2", progress, attempts: 0 });
    expect(await store.runs.steps("home", "r1")).toEqual([progress, progress]);
    expect((await store.runs.journal("home", "r1")).map(({ request }) => request)).toEqual(["of-one", "of-two"]);
    const set = { id: "a".repeat(64), bytes: Uint8Array.of(7), device: "crystal-1" };
    await store.runs.finish(second, { result, sets: [set], exchanges: [] }, 6);
    expect(await store.runs.read("home", "r1")).toMatchObject({ state: "done", result, changedAt: 6 });
    expect(await store.parameterSet("home", set.id)).toEqual({ ...set, receivedAt: 6 });
    await expect(store.runs.commit(second, commitOf("three"), 7)).rejects.toThrow(RunLostError);
    expect(await store.runs.begin("home", "r1", "w3", 8)).toEqual({ kind: "not-to-be-run" });
  });

  it("commit once, of many that try at the same time", async () => {
    await using store = await open();
    const fences = [await begin(store, "r1", "w1"), await begin(store, "r1", "w2"), await begin(store, "r1", "w3")];
    const tried = await Promise.allSettled(fences.map((fence, i) => store.runs.commit(fence, commitOf(`${i}`), 3)));
    expect(tried.map(({ status }) => status)).toEqual(["rejected", "rejected", "fulfilled"]);
    expect(await store.runs.read("home", "r1")).toMatchObject({ commits: 1 });
  });

  it("have a device one at a time, and number its leases upwards through all runs", async () => {
    await using store = await open();
    const first = await begin(store, "r1", "w1");
    expect(await store.runs.begin("home", "r2", "w2", 3)).toEqual({ kind: "busy", device: "crystal-1", by: "r1" });
    expect(await store.runs.read("home", "r2")).toMatchObject({
      state: "queued",
      reason: "Waits for device crystal-1, which run r1 has",
    });
    const numbers = [await store.runs.nextLease(first, "crystal-1", 0), await store.runs.nextLease(first, "crystal-1", 40)];
    await store.runs.leave(first, { state: "queued", reason: "later", blameless: true }, 4);
    expect(await store.runs.read("home", "r1")).toMatchObject({ state: "queued", reason: "later", attempts: 0 });
    const second = await begin(store, "r2", "w2");
    numbers.push(await store.runs.nextLease(second, "crystal-1", 0));
    expect(numbers).toEqual([1, 41, 42]);
    await expect(store.runs.nextLease(first, "crystal-1", 0)).rejects.toThrow(RunLostError);
  });

  it("are paused, resumed and cancelled at once where nobody works on them, and by their worker elsewhere", async () => {
    await using store = await open();
    expect(await store.runs.wish("home", "r1", "pause", 3)).toMatchObject({ state: "paused", wish: "pause" });
    expect(await store.runs.begin("home", "r1", "w1", 3)).toEqual({ kind: "not-to-be-run" });
    expect(await store.runs.wish("home", "r1", "go-on", 4)).toMatchObject({ state: "queued", wish: "go-on" });
    const fence = await begin(store, "r1", "w1");
    expect(await store.runs.wish("home", "r1", "cancel", 5)).toMatchObject({ state: "running", wish: "cancel" });
    await store.runs.leave(fence, { state: "cancelled" }, 6);
    expect(await store.runs.wish("home", "r1", "go-on", 7)).toMatchObject({ state: "cancelled" });
    await store.runs.leave(await begin(store, "r2", "w1"), { state: "failed", reason: "why" }, 8);
    expect(await store.runs.wish("home", "r2", "go-on", 9)).toMatchObject({ state: "queued" });
    expect(await store.runs.read("home", "r2")).not.toHaveProperty("reason");
    expect(await store.runs.wish("home", "r3", "pause", 9)).toBeUndefined();
  });

  it("lose their journal when they ended long ago, and nothing else", async () => {
    await using store = await open();
    for (const run of ["r1", "r2"]) {
      const fence = await begin(store, run, "w1");
      await store.runs.commit(fence, commitOf(run), 3);
      await store.runs.leave(fence, { state: run === "r1" ? "cancelled" : "paused" }, 4);
    }
    await store.prune("home", 4);
    expect(await store.runs.journal("home", "r1")).toHaveLength(1);
    await store.prune("home", 5);
    expect(await store.runs.journal("home", "r1")).toEqual([]);
    expect(await store.runs.journal("home", "r2")).toHaveLength(1);
    expect(await store.runs.steps("home", "r1")).toEqual([progress]);
  });

  it("go from one kind of store to the other with their journal, and wait there for a person", async () => {
    await using store = await open();
    await store.runs.commit(await begin(store, "r1", "w1"), commitOf("one"), 3);
    await using copy = await openStore(":memory:");
    await copy.keepRecords(store.records());
    await copy.keepRecords(store.records());
    expect(await copy.runs.read("home", "r1")).toMatchObject({ state: "paused", commits: 1, progress, worker: "w1" });
    expect(await copy.runs.journal("home", "r1")).toEqual(await store.runs.journal("home", "r1"));
    expect(await copy.runs.steps("home", "r1")).toEqual([progress]);
    await copy.runs.wish("home", "r1", "go-on", 4);
    expect((await begin(copy, "r1", "w2")).from).toEqual(commitOf("one").state);
  });
});
