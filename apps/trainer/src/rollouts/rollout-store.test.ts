import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Reported } from "@ohmwork/wire";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { openStore } from "../store/open-store.ts";
import type { StoreRecord } from "../store/records.ts";
import type { TrainerStore } from "../store/store.ts";
import { openPostgres, type PostgresDatabases, requirePostgres } from "../testing/postgres.ts";
import { commandRollout } from "./command-rollout.ts";
import { planSchema } from "./plan-schema.ts";
import { beginRollout, type Rollout } from "./rollout.ts";
import { stepRollout } from "./step-rollout.ts";

let server: PostgresDatabases | undefined;
const folder = mkdtempSync(join(tmpdir(), "ohmwork-rollouts-"));
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

const plan = planSchema.parse({ waves: [], errorShare: 1, successShare: 0, timeoutSeconds: 10 });
const set = "f".repeat(64);
const rolloutOf = (id: string, devices: readonly string[], at = 1): Rollout =>
  beginRollout(
    id,
    plan,
    devices.map((device) => ({ device, set })),
    { at, by: "ada" },
  );
const step = (store: TrainerStore, id: string, at: number): Promise<Rollout | undefined> =>
  store.rollouts.change("home", id, (rollout, facts) => stepRollout(rollout, { at, ...facts }));
const report = async (store: TrainerStore, device: string, reported: Reported): Promise<void> => {
  const none = { births: new Map(), statuses: new Map(), progress: [], samples: [] };
  await store.commit("home", { ...none, receivedAt: 5, reported: new Map([[device, reported]]) });
};

describe.each(databases)("rollouts in $name", ({ create, requires }) => {
  beforeEach((context) => requires(context));

  it("are kept as they are, newest first, in order of their targets", async () => {
    await using store = await openStore(await create());
    const [a, b] = [rolloutOf("a", ["z", "d1"]), rolloutOf("b", ["d2"], 2)];
    await store.rollouts.begin("home", a);
    await store.rollouts.begin("home", b);
    expect(await store.rollouts.read("home", "a")).toEqual(a);
    const { targets: _, ...head } = b;
    expect((await store.rollouts.list("home"))[0]).toEqual(head);
    expect((await store.rollouts.list("home")).map(({ id }) => id)).toEqual(["b", "a"]);
    expect(await store.rollouts.read("elsewhere", "a")).toBeUndefined();
    await expect(store.rollouts.begin("home", rolloutOf("a", ["d9"]))).rejects.toThrow("There is a rollout a already");
    await expect(store.rollouts.begin("home", rolloutOf("c", ["d8", "d1"]))).rejects.toThrow(
      "Device d1 is in rollout a, which is open",
    );
    expect(await store.rollouts.read("home", "c")).toBeUndefined();
  });

  it("go on by what devices reported, and give versions that no other rollout gave", async () => {
    await using store = await openStore(await create());
    await store.rollouts.begin("home", rolloutOf("a", ["d1", "d2"]));
    await report(store, "d2", { boot: "b", state: "none", trusted: 6, current: { sha256: "0".repeat(64), origin: "local" } });
    const sent = await step(store, "a", 100);
    expect(sent?.targets).toMatchObject([
      { device: "d1", version: 1, sentAt: 100, told: false, phase: "sent" },
      { device: "d2", version: 7, previous: "0".repeat(64) },
    ]);
    expect(await store.rollouts.read("home", "a")).toEqual(sent);
    const refused = { boot: "b", state: "refused", version: 1, rollout: "a", reason: "no\0w", detail: "\0", trusted: 0 } as const;
    await report(store, "d1", refused);
    await report(store, "d2", { boot: "b", state: "good", version: 7, rollout: "a", trusted: 7 });
    expect(await step(store, "a", 200)).toMatchObject({ phase: "done", targets: [{ phase: "failed" }, { phase: "good" }] });
    await store.rollouts.begin("home", rolloutOf("b", ["d1", "d2"], 3));
    expect((await step(store, "b", 300))?.targets.map(({ version }) => version)).toEqual([2, 8]);
  });

  it("open again only where no other one is open for a device", async () => {
    await using store = await openStore(await create());
    await store.rollouts.begin("home", rolloutOf("a", ["d1"]));
    const say = (id: string, what: "stop" | "resume"): Promise<Rollout | undefined> =>
      store.rollouts.change("home", id, (rollout) => commandRollout(rollout, { what, by: "ada", at: 2 }));
    await say("a", "stop");
    await store.rollouts.begin("home", rolloutOf("b", ["d1"]));
    await expect(say("a", "resume")).rejects.toThrow("Device d1 is in rollout b, which is open");
    await say("b", "stop");
    expect((await say("a", "resume"))?.phase).toBe("running");
    expect(await say("none", "stop")).toBeUndefined();
  });

  it("are led by one trainer, and written by none that led before", async () => {
    await using store = await openStore(await create());
    await store.rollouts.begin("home", rolloutOf("a", ["d1"]));
    const look = async () => (await store.rollouts.led("home"))[0]!;
    const seen = await look();
    expect(seen).toEqual({ id: "a", phase: "running", fence: 0, beat: 0 });
    const [first, second] = await Promise.all(["t1", "t2"].map((who) => store.rollouts.claim("home", seen, who)));
    expect([first, second].filter((claim) => claim !== undefined)).toHaveLength(1);
    const claim = (first ?? second)!;
    const led = await store.rollouts.change("home", "a", (rollout, facts) => stepRollout(rollout, { at: 5, ...facts }), claim);
    expect(led?.targets[0]?.phase).toBe("sent");
    const beaten = await look();
    expect(beaten).toMatchObject({ leader: claim.leader, fence: 1, beat: 2 });
    await store.rollouts.change("home", "a", (rollout) => rollout); // a person's word does not count as a beat
    expect(await look()).toEqual(beaten);
    const next = (await store.rollouts.claim("home", beaten, "t3"))!;
    expect(await store.rollouts.change("home", "a", (rollout) => ({ ...rollout, phase: "done" }), claim)).toBeUndefined();
    await store.rollouts.told("home", "a", led!.targets, claim);
    expect((await store.rollouts.read("home", "a"))?.targets[0]?.told).toBe(false);
    await store.rollouts.told("home", "a", [{ ...led!.targets[0]!, version: 9 }], next);
    expect((await store.rollouts.read("home", "a"))?.targets[0]?.told).toBe(false);
    await store.rollouts.told("home", "a", led!.targets, next);
    expect((await store.rollouts.read("home", "a"))?.targets[0]?.told).toBe(true);
    await store.rollouts.release("home", "a", next);
    expect((await look()).leader).toBeUndefined();
    await store.rollouts.change("home", "a", (rollout) => ({ ...rollout, phase: "done" }), next);
    expect(await store.rollouts.led("home")).toEqual([]);
  });

  it("travel to another store, led by nobody", async () => {
    await using store = await openStore(await create());
    await store.rollouts.begin("home", rolloutOf("a", ["d1", "d2"]));
    await step(store, "a", 5);
    const [seen] = await store.rollouts.led("home");
    await store.rollouts.claim("home", seen!, "t1");
    const records: StoreRecord[] = [];
    for await (const record of store.records()) records.push(record);
    expect(JSON.parse(JSON.stringify(records))).toEqual(records);
    await using copy = await openStore(await create());
    for (let i = 0; i < 2; i += 1) {
      await copy.keepRecords(
        (async function* () {
          yield* records;
        })(),
      );
    }
    expect(await copy.rollouts.read("home", "a")).toEqual(await store.rollouts.read("home", "a"));
    expect(await copy.rollouts.led("home")).toEqual([{ id: "a", phase: "running", fence: 0, beat: 0 }]);
  });
});
