import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRandom } from "@ohmwork/core";
import { scaled } from "@ohmwork/core/testing";
import { StoreFailedError } from "@ohmwork/runtime";
import { type Birth, encode, type Sample, sealParameterSet } from "@ohmwork/wire";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { hasPostgres, openPostgres, type PostgresDatabases, requirePostgres } from "../testing/postgres.ts";
import { openStore } from "./open-store.ts";
import type { StoreRecord } from "./records.ts";
import type { Ingest, TrainerStore } from "./store.ts";

let server: PostgresDatabases | undefined;
const folder = mkdtempSync(join(tmpdir(), "ohmwork-store-"));
let files = 0;

const databases = [
  { name: "SQLite", create: async () => join(folder, `${(files += 1)}.sqlite`), requires: () => undefined },
  {
    name: "PostgreSQL",
    create: async () => {
      server ??= await openPostgres();
      return server.createDatabase();
    },
    requires: requirePostgres,
  },
];
afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

const sampleOf = (seq: number, more: Partial<Sample> = {}): Sample => {
  const { boot = "b1" } = more;
  const measured = { outputs: Float32Array.of(0.1 * seq, -0) };
  const common = {
    at: 1000 + seq,
    clockSynchronised: false,
    task: "sum",
    revision: 7,
    inputs: Float32Array.of(seq, 0.3),
    measured,
  };
  return { ...common, boot, seq, id: `${boot}-${seq}`, ...more };
};
const birthOf = (boot: string, oldest: number): Birth => ({
  boot,
  versions: { node: "24" },
  system: "s",
  rule: "r",
  task: "sum",
  ports: { inputs: [], parameters: [], outputs: [] },
  parameters: { revision: 0 },
  outbox: { depth: 0, oldest, dropped: 0 },
  capabilities: ["learn"],
});
const ingestOf = (samples: readonly Sample[], more: Partial<Ingest> & { device?: string } = {}): Ingest => {
  const { device = "d1", ...rest } = more;
  return {
    receivedAt: 5000,
    births: new Map(),
    statuses: new Map(),
    progress: [],
    samples: samples.map((sample) => ({ device, sample, payload: encode("sample", sample) })),
    ...rest,
  };
};
const range = (first: number, last: number): Sample[] => Array.from({ length: last - first + 1 }, (_, i) => sampleOf(first + i));
const seqs = async (store: TrainerStore): Promise<number[]> =>
  (await store.samples("home", { limit: 10_000 })).map(({ sample }) => sample.seq);

async function recordsOf(store: TrainerStore): Promise<StoreRecord[]> {
  const records: StoreRecord[] = [];
  for await (const record of store.records()) records.push(record);
  return records;
}

async function* from<T>(values: readonly T[]): AsyncGenerator<T> {
  yield* values;
}

describe.each(databases)("a store in $name", ({ create, requires }) => {
  beforeEach((context) => requires(context));

  it("keeps samples to the bit, and gives them in order, page by page", async () => {
    await using store = await openStore(await create());
    const labelled = sampleOf(2, {
      label: Float32Array.of(1.5, Number.NaN),
      clockSynchronised: true,
      parameters: "0".repeat(64),
    });
    await store.commit("home", ingestOf([sampleOf(3), labelled, sampleOf(1)]));
    await store.commit("home", ingestOf([sampleOf(1, { task: "other" })], { device: "a-first", receivedAt: 6000 }));
    await store.commit("elsewhere", ingestOf([sampleOf(1)]));
    const all = await store.samples("home", { limit: 10 });
    expect(all).toEqual([
      { device: "a-first", receivedAt: 6000, sample: sampleOf(1, { task: "other" }) },
      ...[sampleOf(1), labelled, sampleOf(3)].map((sample) => ({ device: "d1", receivedAt: 5000, sample })),
    ]);
    expect(await store.samples("home", { limit: 1, after: { device: "d1", boot: "b1", seq: 1 } })).toEqual([all[2]]);
    expect(await store.samples("home", { limit: 9, task: "other" })).toEqual([all[0]]);
    expect(await store.samples("home", { limit: 9, device: "d1", boot: "b2" })).toEqual([]);
  });

  it("gives a number of 2^53 and text of any characters back as it was", async () => {
    await using store = await openStore(await create());
    const far = sampleOf(Number.MAX_SAFE_INTEGER, { task: "\0 nothing ends here ✓", at: -5, id: "far" });
    const { prefixes } = await store.commit("home", ingestOf([far], { births: new Map([["d1", birthOf("b1", far.seq)]]) }));
    expect(prefixes).toEqual([{ device: "d1", boot: "b1", upTo: far.seq }]);
    expect((await store.samples("home", { limit: 1 }))[0]?.sample).toEqual(far);
  });

  it("counts each sample once, in one batch or in many, and keeps the first that came", async () => {
    await using store = await openStore(await create());
    const twice = [sampleOf(1), sampleOf(1), sampleOf(2)];
    expect(await store.commit("home", ingestOf(twice))).toMatchObject({ stored: 2, duplicates: 1 });
    const again = await store.commit("home", ingestOf([sampleOf(2, { revision: 8 }), sampleOf(3)], { receivedAt: 9000 }));
    expect(again).toEqual({ stored: 1, duplicates: 1, prefixes: [{ device: "d1", boot: "b1", upTo: 3 }] });
    const kept = await store.samples("home", { limit: 9 });
    expect(kept.map(({ sample, receivedAt }) => [sample.seq, sample.revision, receivedAt])).toEqual([
      [1, 7, 5000],
      [2, 7, 5000],
      [3, 7, 9000],
    ]);
  });

  it("says up to where a boot is complete, what is missing, and not what never will come", async () => {
    await using store = await openStore(await create());
    const commit = async (...samples: Sample[]): Promise<unknown> => (await store.commit("home", ingestOf(samples))).prefixes;
    expect(await commit(sampleOf(1), sampleOf(2), sampleOf(5), sampleOf(1, { boot: "b2" }))).toEqual([
      { device: "d1", boot: "b1", upTo: 2, beyond: 5 },
      { device: "d1", boot: "b2", upTo: 1 },
    ]);
    expect(await store.gaps("home")).toEqual([{ device: "d1", boot: "b1", upTo: 2, beyond: 5 }]);
    expect(await commit(sampleOf(4), sampleOf(3))).toEqual([{ device: "d1", boot: "b1", upTo: 5 }]);
    expect(await store.gaps("home")).toEqual([]);
    await store.commit("home", ingestOf([], { births: new Map([["d1", birthOf("b1", 41)]]) }));
    expect(await commit(sampleOf(41))).toEqual([{ device: "d1", boot: "b1", upTo: 41 }]);
    await store.commit("home", ingestOf([], { births: new Map([["d1", birthOf("b1", 7)]]) })); // an old birth comes late
    expect(await commit(sampleOf(42))).toEqual([{ device: "d1", boot: "b1", upTo: 42 }]);
  });

  it("does not wait for what a device let go of in an earlier boot", async () => {
    await using store = await openStore(await create());
    await store.commit("home", ingestOf([sampleOf(6)]));
    const birth = birthOf("b2", 1);
    const births = new Map([["d1", { ...birth, outbox: { ...birth.outbox, earlier: { b1: 6, b0: 3 } } }]]);
    expect((await store.commit("home", ingestOf([], { births }))).prefixes).toEqual([
      { device: "d1", boot: "b0", upTo: 2 },
      { device: "d1", boot: "b1", upTo: 6 },
      { device: "d1", boot: "b2", upTo: 0 },
    ]);
  });

  it("knows the devices, and ignores the late death of an old boot", async () => {
    await using store = await openStore(await create());
    const say = (state: "online" | "offline", boot: string, receivedAt: number): Promise<unknown> =>
      store.commit("home", ingestOf([], { statuses: new Map([["d1", { state, boot }]]), receivedAt }));
    await say("online", "b1", 1);
    await say("online", "b2", 2);
    await say("offline", "b1", 3);
    await say("online", "b2", 4); // retained, and heard again
    const reported = { boot: "b2", state: "good", version: 3, trusted: 3 } as const;
    await store.commit(
      "home",
      ingestOf([], { births: new Map([["d1", birthOf("b2", 1)]]), reported: new Map([["d1", reported]]) }),
    );
    expect(await store.devices("home")).toEqual([
      { device: "d1", online: true, boot: "b2", changedAt: 2, birth: birthOf("b2", 1), reported },
    ]);
    await say("offline", "b2", 5);
    expect(await store.devices("home")).toMatchObject([{ online: false, boot: "b2", changedAt: 5 }]);
    await store.commit("home", ingestOf([], { statuses: new Map([["d2", { state: "online", boot: "b1" }]]), receivedAt: 6 }));
    expect(await store.devices("home", ["d2", "d3"])).toMatchObject([{ device: "d2", online: true }]);
    expect(await store.devices("home", [])).toEqual([]);
  });

  it("sums a fleet up", async () => {
    await using store = await openStore(await create());
    const progress = (step: number): Ingest["progress"][number] => ({
      device: "d2",
      progress: { boot: "b1", task: "sum", step, steps: 9, error: 0.5 },
    });
    await store.commit("home", ingestOf(range(1, 3), { progress: [progress(1), progress(2), progress(1)] }));
    expect(await store.summary("home")).toEqual({
      samples: 3,
      devices: [
        { device: "d1", online: false, samples: 3 },
        { device: "d2", online: false, samples: 0, lastProgress: progress(2).progress },
      ],
    });
    expect(await store.summary("elsewhere")).toEqual({ samples: 0, devices: [] });
  });

  it("keeps labels that come before, after and twice, and every person's word", async () => {
    await using store = await openStore(await create());
    const label = (by: string, at: number, what: string | number[]): NonNullable<Ingest["labels"]>[number] => {
      return { device: "d1", label: { sample: "b1-1", label: what, by, at } };
    };
    const labels = [label("eve", 2, "knock"), label("ada", 1, [0.25, -1]), label("eve", 2, "knock"), label("eve", 3, "speech")];
    for (const one of labels) await store.commit("home", ingestOf([], { labels: [one] }));
    expect(await store.labels("home", "b1-1")).toEqual([labels[1]?.label, labels[0]?.label, labels[3]?.label]);
  });

  it("keeps parameter sets once, newest first", async () => {
    await using store = await openStore(await create());
    const seal = (value: number): ReturnType<typeof sealParameterSet> => {
      const hash = "a".repeat(64);
      return sealParameterSet({
        values: Float32Array.of(value),
        encoding: "e",
        classes: [],
        ports: hash,
        twins: {},
        origin: "local",
        madeAt: 1,
      });
    };
    const [a, b] = [await seal(1), await seal(2)];
    await store.keepParameterSet("home", { ...a, receivedAt: 1 });
    await store.keepParameterSet("home", { ...b, device: "d1", receivedAt: 2 });
    await store.keepParameterSet("home", { ...a, receivedAt: 3 });
    expect(await store.parameterSets("home", { limit: 9 })).toEqual([
      { ...b, device: "d1", receivedAt: 2 },
      { ...a, receivedAt: 1 },
    ]);
    expect(await store.parameterSet("home", a.id)).toEqual({ ...a, receivedAt: 1 });
    expect(await store.parameterSet("home", "none")).toBeUndefined();
  });

  it("forgets what is old and acknowledged, and takes none of it twice", async () => {
    await using store = await openStore(await create());
    const label: Ingest["labels"] = [{ device: "d1", label: { sample: "b1-1", label: "x", by: "eve", at: 1 } }];
    const step = (n: number): Ingest["progress"] => [
      { device: "d1", progress: { boot: "b1", task: "sum", step: n, steps: 9, error: 1 } },
    ];
    await store.commit("home", ingestOf([...range(1, 3), sampleOf(6)], { receivedAt: 1000, labels: label, progress: step(1) }));
    await store.commit("home", ingestOf([sampleOf(4)], { receivedAt: 2000, progress: step(2) }));
    expect(await store.prune("home", 2000)).toEqual({ samples: 3, labels: 1, reports: 1 });
    expect(await seqs(store)).toEqual([4, 6]); // 6 is old, but was never acknowledged
    expect(await store.commit("home", ingestOf(range(1, 5)))).toEqual({
      stored: 1,
      duplicates: 4,
      prefixes: [{ device: "d1", boot: "b1", upTo: 6 }],
    });
    expect(await seqs(store)).toEqual([4, 5, 6]);
    expect(await store.prune("home", 9999)).toEqual({ samples: 3, labels: 0, reports: 0 });
    expect((await store.summary("home")).devices[0]?.lastProgress?.step).toBe(2); // the last report stays
  });

  it("gives all it has, and takes it into another store of either kind, once", async () => {
    await using store = await openStore(await create());
    const more = {
      births: new Map([["d1", birthOf("b1", 1)]]),
      statuses: new Map([["d1", { state: "offline", boot: "b1" } as const]]),
    };
    await store.commit("home", ingestOf(range(1, 700), more));
    await store.commit(
      "home",
      ingestOf([sampleOf(702)], { labels: [{ device: "d1", label: { sample: "b1-1", label: [1], by: "eve", at: 1 } }] }),
    );
    await store.commit(
      "home",
      ingestOf([], { progress: [{ device: "d1", progress: { boot: "b1", task: "sum", step: 1, steps: 9, error: 1 } }] }),
    );
    await store.prune("home", 0);
    const records = await recordsOf(store);
    expect(JSON.parse(JSON.stringify(records))).toEqual(records); // JSON, and nothing else
    for (const other of databases) {
      if (other.name === "PostgreSQL" && !hasPostgres()) continue;
      await using copy = await openStore(await other.create());
      await copy.keepRecords(from(records));
      expect(await recordsOf(copy)).toEqual(records);
      await copy.keepRecords(from(records));
      expect(await recordsOf(copy)).toEqual(records);
      const { prefixes } = await copy.commit("home", ingestOf([sampleOf(701)]));
      expect(prefixes).toEqual([{ device: "d1", boot: "b1", upTo: 702 }]);
    }
  });

  it("claims nothing that an import which broke off did not bring", async () => {
    await using store = await openStore(await create());
    await store.commit("home", ingestOf(range(1, 1200)));
    const records = await recordsOf(store);
    const reordered = [...records.filter(({ table }) => table === "boots"), ...records.filter(({ table }) => table !== "boots")];
    await using copy = await openStore(await create());
    const broken = async function* (): AsyncGenerator<StoreRecord> {
      yield* reordered.slice(0, 1100);
      throw new RangeError("the file ends here");
    };
    await expect(copy.keepRecords(broken())).rejects.toThrow("the file ends here");
    expect(await seqs(copy)).toHaveLength(1000);
    const { prefixes } = await copy.commit("home", ingestOf([sampleOf(1200)]));
    expect(prefixes).toEqual([{ device: "d1", boot: "b1", upTo: 1000, beyond: 1200 }]);
  });

  it("refuses records that are not what they say", async () => {
    await using store = await openStore(await create());
    await store.commit("home", ingestOf([sampleOf(1)]));
    const sample = (await recordsOf(store)).find(({ table }) => table === "samples")!;
    await expect(store.keepRecords(from([{ ...sample, seq: 2 }]))).rejects.toThrow("Sample b1-2 of d1 holds the message of b1-1");
    await expect(store.keepRecords(from([{ ...sample, payload: "AAAA" }]))).rejects.toThrow("Sample b1-1 of d1: CBOR");
    await expect(store.keepRecords(from([{ ...sample, device: "D 1" }]))).rejects.toThrow(
      "Record of samples does not fit: device",
    );
  });

  it("gives the same result however many trainers write to it at once", async () => {
    const boots = 3;
    const each = scaled(400);
    const where = await create();
    const seed = 7;
    const random = createRandom(seed, "batches");
    const all = Array.from({ length: boots * each }, (_, i) => sampleOf(Math.floor(i / boots) + 1, { boot: `b${i % boots}` }));
    const shuffled = [...all, ...all.slice(0, all.length / 3)]
      .map((sample) => ({ sample, key: random.uniform() }))
      .toSorted((a, b) => a.key - b.key);
    const workers = await Promise.all([1, 2, 3, 4].map(() => openStore(where)));
    let stored = 0;
    await Promise.all(
      workers.map(async (store, w) => {
        const mine = shuffled.filter((_, i) => i % workers.length === w).map(({ sample }) => sample);
        for (let at = 0; at < mine.length; at += 20) {
          const result = await store.commit("home", ingestOf(mine.slice(at, at + 20)));
          stored += result.stored;
        }
      }),
    );
    expect(stored).toBe(all.length);
    const [first] = workers;
    expect(await first!.gaps("home")).toEqual([]);
    const prefixes = (await recordsOf(first!)).filter(({ table }) => table === "boots");
    expect(prefixes).toMatchObject([
      { boot: "b0", prefix: each },
      { boot: "b1", prefix: each },
      { boot: "b2", prefix: each },
    ]);
    for (const store of workers) await store[Symbol.asyncDispose]();
  });

  it("refuses a store of a newer version, and changes nothing in it", async () => {
    const where = await create();
    await (await openStore(where))[Symbol.asyncDispose]();
    if (existsSync(where)) {
      using file = new DatabaseSync(where);
      file.exec("INSERT INTO migrations VALUES (99, 'later')");
    } else {
      const { default: pg } = await import("pg");
      const client = new pg.Client({ connectionString: where });
      await client.connect();
      await client.query("INSERT INTO migrations VALUES (99, 'later')");
      await client.end();
    }
    await expect(openStore(where)).rejects.toThrow(/is of version 99, newer than \d, the newest known here/);
  });

  it("is opened by several programs at once, and made by one of them", async () => {
    const where = await create();
    const stores = await Promise.all([1, 2, 3].map(() => openStore(where)));
    await stores[0]!.commit("home", ingestOf([sampleOf(1)]));
    expect(await seqs(stores[2]!)).toEqual([1]);
    for (const store of stores) await store[Symbol.asyncDispose]();
  });
});

describe("a store that cannot be reached", () => {
  it("says where it is, and no password", async () => {
    const secret = "postgres://ada:secret@127.0.0.1:1/fleet?password=secret";
    const failure = await openStore(secret).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(StoreFailedError);
    expect((failure as Error).message).toBe(
      "Could not open the store postgres://127.0.0.1:1/fleet: connect ECONNREFUSED 127.0.0.1:1",
    );
    const missing = join(folder, "not", "there.sqlite");
    await expect(openStore(missing)).rejects.toThrow(`Could not open the store ${missing}: unable to open database file`);
  });
});
