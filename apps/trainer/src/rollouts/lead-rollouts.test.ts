import { Seconds } from "@ohmwork/core";
import { createFakeClock, type FakeClock } from "@ohmwork/core/testing";
import { createFakeBroker, type FakeBroker } from "@ohmwork/runtime/testing";
import {
  createSigner,
  decode,
  openParameterSet,
  openUpdate,
  type OpenedUpdate,
  type ParameterSet,
  type Reported,
  sealParameterSet,
  trustKeys,
} from "@ohmwork/wire";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { openStore } from "../store/open-store.ts";
import type { TrainerStore } from "../store/store.ts";
import { commandRollout, type RolloutCommand } from "./command-rollout.ts";
import { leadRollouts, type LeadRolloutsOptions, type RolloutLeader } from "./lead-rollouts.ts";
import { requestSchema } from "./plan-schema.ts";
import type { Rollout } from "./rollout.ts";
import { startRollout } from "./start-rollout.ts";

const fleet = "home";
const signer = await createSigner(new Uint8Array(32).fill(3));
const keys = await trustKeys([signer.publicKey]);
const setOf = (value: number, more: Partial<ParameterSet> = {}): ReturnType<typeof sealParameterSet> =>
  sealParameterSet({
    values: Float32Array.of(value),
    encoding: "volts",
    classes: [],
    ports: "a".repeat(64),
    twins: {},
    origin: "update",
    madeAt: 1,
    ...more,
  });
const topic = (device: string): string => `ohmwork/v1/home/${device}/desired`;

type Fixture = {
  readonly store: TrainerStore;
  readonly broker: FakeBroker;
  readonly clock: FakeClock;
  readonly lead: (id: string, more?: Partial<LeadRolloutsOptions>) => RolloutLeader;
  readonly start: (more: object) => Promise<Rollout>;
  readonly say: (what: RolloutCommand["what"]) => Promise<unknown>;
  readonly report: (device: string, reported: Partial<Reported> & Pick<Reported, "state">) => Promise<void>;
  /** What a device is to hear; undefined when that is nothing. */
  readonly heard: (device: string) => Promise<OpenedUpdate | undefined>;
  /** Lets time go by until it holds. */
  readonly until: (assertion: () => unknown) => Promise<void>;
};

async function fixture(): Promise<Fixture> {
  const store = await openStore(":memory:");
  onTestFinished(() => store[Symbol.asyncDispose]());
  const broker = createFakeBroker();
  const clock = createFakeClock(1_000_000);
  const none = { births: new Map(), statuses: new Map(), progress: [], samples: [] };
  const statuses = new Map(["d1", "d2"].map((device) => [device, { state: "online", boot: "b" } as const]));
  await store.commit(fleet, { ...none, statuses, receivedAt: 1 });
  return {
    store,
    broker,
    clock,
    lead: (id, more = {}) => {
      const leader = leadRollouts({ fleet, id, store, connection: broker.connect(), signer, clock, ...more });
      leader.start();
      onTestFinished(() => leader.stop());
      return leader;
    },
    start: (more) => startRollout(store, fleet, requestSchema.parse({ id: "r1", ...more }), { at: clock.now(), by: "ada" }),
    say: (what) => store.rollouts.change(fleet, "r1", (rollout) => commandRollout(rollout, { what, by: "ada", at: clock.now() })),
    report: (device, reported) => {
      const said = { boot: "b", rollout: "r1", version: 1, trusted: 1, ...reported };
      return store.commit(fleet, { ...none, receivedAt: 1, reported: new Map([[device, said]]) }).then(() => undefined);
    },
    heard: async (device) => {
      const payload = broker.retained(topic(device)) ?? new Uint8Array();
      if (payload.length === 0) return undefined;
      const signed = decode("desired", payload);
      const opened = signed.ok ? await openUpdate(signed.value, keys) : signed;
      if (!opened.ok) throw new RangeError(opened.detail);
      return opened.value;
    },
    until: (assertion) =>
      vi.waitFor(async () => {
        await clock.advance(Seconds(1));
        await assertion();
      }),
  };
}

describe("leadRollouts()", () => {
  it("says nothing once it was held up for so long that another one may lead, before it looks again", async () => {
    const { store, broker, clock, lead, start, until, heard, say } = await fixture();
    const set = await setOf(0.25);
    await store.keepParameterSet(fleet, { ...set, receivedAt: 1 });
    await start({ targets: [{ device: "d1", set: set.id }] });
    let reads = 0;
    const slow: TrainerStore = {
      ...store,
      parameterSet: async (...which) => {
        reads += 1;
        // Held up between its step and what it is to say; meanwhile a person stops it all.
        if (reads === 1) {
          await clock.advance(Seconds(15));
          await say("stop");
        }
        return store.parameterSet(...which);
      },
    };
    const said: number[] = [];
    await broker.connect().subscribe(topic("d1"), (_, { length }) => void said.push(length));
    lead("t1", { store: slow });
    await until(() => expect(said.length).toBeGreaterThan(0));
    expect(said).toEqual([0]);
    expect(await heard("d1")).toBeUndefined();
  });

  it("signs what each device is to have, in the name of the rollout and of what it rests on", async () => {
    const { store, lead, start, heard, until, report } = await fixture();
    const [a, b] = [await setOf(0.25), await setOf(0.5)];
    for (const set of [a, b]) await store.keepParameterSet(fleet, { ...set, receivedAt: 1 });
    const targets = [
      { device: "d2", set: b.id },
      { device: "d1", set: a.id },
    ];
    await start({ targets, evidence: { run: "run-7", samples: 1200, score: 0.97 }, waves: [{ devices: 1 }], timeoutSeconds: 60 });
    const events: string[] = [];
    lead("t1", { onRollout: (rollout, { what }) => void events.push(`${rollout} ${what}`) });
    await until(async () => expect(await heard("d2")).toBeDefined());
    const update = (await heard("d2"))!;
    expect(update).toMatchObject({
      setId: b.id,
      update: {
        fleet,
        target: { device: "d2" },
        version: 1,
        rollout: "r1",
        evidence: { run: "run-7", samples: 1200, score: 0.97 },
        discardLocal: false,
      },
    });
    const { signedAt, expires } = update.update;
    expect(expires - signedAt).toBe(60_000 + 1_200_000);
    expect(await heard("d1")).toBeUndefined();
    await report("d2", { state: "good" });
    await until(async () => expect((await heard("d1"))?.setId).toBe(a.id));
    await report("d1", { state: "good" });
    await until(async () => expect((await store.rollouts.read(fleet, "r1"))?.phase).toBe("done"));
    await until(() => expect(events).toEqual(["r1 opened", "r1 done"]));
  });

  it("says the same again, to the byte, to a broker that came back empty, and when another trainer takes over", async () => {
    const { store, broker, clock, lead, start, until } = await fixture();
    const set = await setOf(0.25);
    await store.keepParameterSet(fleet, { ...set, receivedAt: 1 });
    await start({ targets: [{ device: "d1", set: set.id }] });
    const connection = broker.connect();
    const first = lead("t1", { connection });
    await until(() => expect(broker.retained(topic("d1"))).toBeDefined());
    const said = broker.retained(topic("d1"));
    const forget = (): Promise<boolean> => broker.connect().publish(topic("d1"), Uint8Array.of(1), { qos: 1, retain: true });
    const isSaidAgain = (): void => expect(broker.retained(topic("d1"))).toEqual(said);
    await forget();
    connection.cut();
    await clock.advance(Seconds(3));
    connection.link();
    await until(isSaidAgain);
    await first.stop();
    await forget();
    lead("t2", { clock: { ...clock, now: () => clock.now() - 600_000 } }); // its clock is 10 minutes late
    await until(isSaidAgain);
    expect((await store.rollouts.led(fleet))[0]?.leader).toBe("t2");
  });

  it("takes over from a trainer that died, and not from one that lives", async () => {
    const { store, clock, lead, start, until } = await fixture();
    const set = await setOf(0.25);
    await store.keepParameterSet(fleet, { ...set, receivedAt: 1 });
    await start({ targets: [{ device: "d1", set: set.id }] });
    const [seen] = await store.rollouts.led(fleet);
    const claim = await store.rollouts.claim(fleet, seen!, "t1");
    lead("t2");
    const leader = async (): Promise<string | undefined> => (await store.rollouts.led(fleet))[0]?.leader;
    for (let second = 0; second < 40; second += 1) {
      await store.rollouts.change(fleet, "r1", (rollout) => rollout, claim); // it lives
      await clock.advance(Seconds(1));
      await new Promise(setImmediate);
    }
    expect(await leader()).toBe("t1");
    const since = clock.monotonic();
    await until(async () => expect(await leader()).toBe("t2"));
    expect(clock.monotonic() - since).toBeGreaterThanOrEqual(14);
    expect(await store.rollouts.change(fleet, "r1", (rollout) => rollout, claim)).toBeUndefined();
  });

  it("takes back what was not answered when somebody says stop", async () => {
    const { store, broker, lead, start, say, until, report } = await fixture();
    const set = await setOf(0.25);
    await store.keepParameterSet(fleet, { ...set, receivedAt: 1 });
    await start({ targets: ["d1", "d2"].map((device) => ({ device, set: set.id })), waves: [] });
    const leader = lead("t1");
    await until(() => expect(broker.retained(topic("d2"))?.length).toBeGreaterThan(0));
    await report("d1", { state: "good" });
    await until(async () => expect((await store.rollouts.read(fleet, "r1"))?.targets[0]?.phase).toBe("good"));
    await say("stop");
    await until(() => expect(broker.retained(topic("d2"))).toEqual(new Uint8Array()));
    expect(broker.retained(topic("d1"))?.length).toBeGreaterThan(0);
    await report("d2", { state: "good" }); // it had heard it before
    leader.wake();
    await until(async () => expect((await store.rollouts.read(fleet, "r1"))?.targets[1]?.phase).toBe("good"));
  });

  it("gives back the values of before, as a set that follows on the one it replaces", async () => {
    const { store, lead, start, say, heard, until, report } = await fixture();
    const [old, fresh] = [await setOf(0.125), await setOf(0.5)];
    for (const set of [old, fresh]) await store.keepParameterSet(fleet, { ...set, receivedAt: 1 });
    await report("d1", { state: "none", version: 0, trusted: 0, current: { sha256: old.id, origin: "update" } });
    await start({ targets: [{ device: "d1", set: fresh.id }] });
    lead("t1");
    await until(async () => expect((await heard("d1"))?.setId).toBe(fresh.id));
    await report("d1", { state: "good", current: { sha256: fresh.id, origin: "update" } });
    await until(async () => expect((await store.rollouts.read(fleet, "r1"))?.phase).toBe("done"));
    await say("rollback");
    await until(async () => expect((await heard("d1"))?.update.version).toBe(2));
    const back = (await heard("d1"))!;
    expect(back.set).toMatchObject({ parent: fresh.id, values: Float32Array.of(0.125) });
    expect(back.update.discardLocal).toBe(false);
    expect((await openParameterSet(back.update.set)).ok).toBe(true);
    await report("d1", { state: "good", version: 2, trusted: 2, current: { sha256: back.setId, origin: "update" } });
    await until(async () => expect((await store.rollouts.read(fleet, "r1"))?.phase).toBe("returned"));
  });

  it("says once that the store cannot be read, and goes on when it can", async () => {
    const { store, broker, lead, start, until } = await fixture();
    const set = await setOf(0.25);
    await store.keepParameterSet(fleet, { ...set, receivedAt: 1 });
    await start({ targets: [{ device: "d1", set: set.id }] });
    const told: string[] = [];
    let isLost = true;
    const parameterSet: TrainerStore["parameterSet"] = async (of, id) => (isLost ? undefined : store.parameterSet(of, id));
    lead("t1", { store: { ...store, parameterSet }, onTrouble: (message) => void told.push(message) });
    await until(() => expect(told).toHaveLength(1));
    expect(told[0]).toBe(`Rollouts wait: Parameter set ${set.id.slice(0, 12)} is not in :memory: any more`);
    isLost = false;
    await until(() => expect(broker.retained(topic("d1"))).toBeDefined());
    expect(told).toHaveLength(1);
  });
});
