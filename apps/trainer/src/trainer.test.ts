import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Seconds } from "@ohmwork/core";
import { createFakeClock } from "@ohmwork/core/testing";
import { StoreFailedError } from "@ohmwork/runtime";
import { createFakeBroker, type FakeConnection } from "@ohmwork/runtime/testing";
import { type Birth, type Command, decode, encode, messages, type Sample, splitMessage, topicOf } from "@ohmwork/wire";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { openStore } from "./store/open-store.ts";
import type { TrainerStore } from "./store/store.ts";
import { createTrainer, type Trainer, type TrainerOptions } from "./trainer.ts";

const sampleOf = (seq: number, boot = "b1"): Sample => ({
  boot,
  seq,
  id: `${boot}-${seq}`,
  at: 1000 + seq,
  clockSynchronised: false,
  task: "sum",
  revision: 7,
  inputs: Float32Array.of(seq, 2),
  measured: { outputs: Float32Array.of(3) },
});
const birthOf = (boot: string, oldest: number): Birth => ({
  boot,
  versions: {},
  system: "s",
  rule: "r",
  task: "sum",
  ports: { inputs: [], parameters: [], outputs: [] },
  parameters: { revision: 0 },
  outbox: { depth: 0, oldest, dropped: 0 },
  capabilities: [],
});

type Fixture = {
  trainer: Trainer;
  store: TrainerStore;
  device: FakeConnection;
  acks: Record<string, number>[];
  requests: Command["arguments"][];
  troubles: string[];
  /** Publishes as the device, or another one. */
  send: <K extends "sample" | "birth" | "status" | "progress" | "label" | "reported">(
    kind: K,
    payload: Parameters<typeof encode<K>>[1],
    device?: string,
  ) => Promise<boolean>;
  retainedState: () => unknown;
};

async function fixture(
  wrap: (store: TrainerStore) => TrainerStore = (store) => store,
  more: Pick<TrainerOptions, "clock" | "holdSeconds"> = {},
): Promise<Fixture> {
  const broker = createFakeBroker();
  const device = broker.connect();
  const acks: Record<string, number>[] = [];
  const troubles: string[] = [];
  const requests: Command["arguments"][] = [];
  await device.subscribe("ohmwork/v1/home/d1/command/replay", (_, payload) => {
    const command = decode("command", payload);
    if (command.ok) requests.push(command.value.arguments);
  });
  await device.subscribe("ohmwork/v1/home/+/ack", (_, payload) => {
    const ack = decode("ack", payload);
    if (ack.ok) acks.push(ack.value.upTo);
  });
  const store = await openStore(join(mkdtempSync(join(tmpdir(), "ohmwork-trainer-")), "trainer.sqlite"));
  const trainer = createTrainer({
    id: "t1",
    fleet: "home",
    store: wrap(store),
    connection: broker.connect(),
    batchSeconds: Seconds(0.001),
    onTrouble: (message) => troubles.push(message),
    ...more,
  });
  await trainer.start();
  onTestFinished(async () => {
    await trainer.stop();
    await store[Symbol.asyncDispose]();
  });
  const send: Fixture["send"] = (kind, payload, id = "d1") =>
    device.publish(topicOf({ kind, fleet: "home", device: id }), encode(kind, payload), messages[kind]);
  const retainedState = (): unknown =>
    decode("trainer-state", broker.retained("ohmwork/v1/home/trainer/t1/state") ?? new Uint8Array(0));
  return { trainer, store, device, acks, requests, troubles, send, retainedState };
}

describe("createTrainer()", () => {
  it("commits samples and acknowledges up to the first gap", async () => {
    const { store, acks, send } = await fixture();
    await send("sample", sampleOf(1));
    await send("sample", sampleOf(2));
    await send("sample", sampleOf(4));
    await vi.waitFor(() => expect(acks.at(-1)).toEqual({ b1: 2 }));
    await send("sample", sampleOf(3));
    await vi.waitFor(() => expect(acks.at(-1)).toEqual({ b1: 4 }));
    expect((await store.summary("home")).samples).toBe(4);
  });

  it("counts a sample once however often it comes, and acknowledges it each time", async () => {
    const { trainer, acks, send } = await fixture();
    for (let i = 0; i < 5; i += 1) {
      await send("sample", sampleOf(1));
      await vi.waitFor(() => expect(acks.length).toBe(i + 1));
    }
    expect(trainer.counts()).toMatchObject({ samples: 1, duplicates: 4 });
    expect(acks.at(-1)).toEqual({ b1: 1 });
  });

  it("keeps boots and devices apart", async () => {
    const { store, acks, send } = await fixture();
    await send("sample", sampleOf(1));
    await send("sample", sampleOf(1, "b2"));
    await send("sample", sampleOf(1), "d2");
    await vi.waitFor(() => expect(Object.assign({}, ...acks)).toEqual({ b1: 1, b2: 1 }));
    await vi.waitFor(async () => expect((await store.summary("home")).samples).toBe(3));
    const { devices } = await store.summary("home");
    expect(devices).toEqual([
      { device: "d1", online: false, samples: 2 },
      { device: "d2", online: false, samples: 1 },
    ]);
  });

  it("acknowledges nothing that was not committed, says why once, and goes on when the store does", async () => {
    let broken = true;
    const failing = (store: TrainerStore): TrainerStore => ({
      ...store,
      commit: (fleet, ingest) =>
        broken
          ? Promise.reject(new StoreFailedError("Could not write the store x: disk full", { file: "x" }))
          : store.commit(fleet, ingest),
    });
    const { trainer, store, acks, troubles, send } = await fixture(failing);
    await send("birth", birthOf("b1", 1));
    await send("sample", sampleOf(1));
    await vi.waitFor(() => expect(trainer.counts().failedCommits).toBe(1));
    await send("sample", sampleOf(1));
    await vi.waitFor(() => expect(trainer.counts().failedCommits).toBe(2));
    expect(acks).toEqual([]);
    expect(troubles).toEqual(["Could not write the store x: disk full: nothing is acknowledged, the devices keep their samples"]);
    broken = false;
    await send("sample", sampleOf(1));
    await vi.waitFor(() => expect(acks).toEqual([{ b1: 1 }]));
    expect(troubles.at(-1)).toBe("The store can be written again");
    expect((await store.summary("home")).devices).toEqual([{ device: "d1", online: true, samples: 1 }]); // the birth was kept
  });

  it.each([
    { what: "holds up what comes while the store is behind, and loses nothing", holdSeconds: 60, deferred: 0 },
    { what: "leaves what comes while the store is far behind to be sent again", holdSeconds: 0.001, deferred: 7 },
  ])("$what", async ({ holdSeconds, deferred }) => {
    const held = Promise.withResolvers<void>();
    const slow = (store: TrainerStore): TrainerStore => ({
      ...store,
      commit: async (fleet, ingest) => {
        await held.promise;
        return store.commit(fleet, ingest);
      },
    });
    const { trainer, acks, store, send } = await fixture(slow, { holdSeconds: Seconds(holdSeconds) });
    const wanted = 256 + 1024 + 7; // one commit under way, four that wait, and some
    for (let seq = 1; seq <= 256; seq += 1) await send("sample", sampleOf(seq));
    await new Promise((resolve) => void setImmediate(resolve)); // the first commit has taken its samples
    for (let seq = 257; seq <= wanted; seq += 1) await send("sample", sampleOf(seq));
    await vi.waitFor(() => expect(trainer.counts().deferred).toBe(deferred));
    held.resolve();
    await vi.waitFor(() => expect(acks.at(-1)).toEqual({ b1: wanted - deferred }), { timeout: 5000 });
    for (let seq = 1281; seq <= wanted; seq += 1) await send("sample", sampleOf(seq));
    await vi.waitFor(() => expect(acks.at(-1)).toEqual({ b1: wanted }));
    expect((await store.summary("home")).samples).toBe(wanted);
  });

  it("asks for what is missing when it does not come by itself, ever less often, and until it is there", async () => {
    const clock = createFakeClock(1000);
    const { trainer, acks, requests, send } = await fixture(undefined, { clock });
    const pass = async (seconds: number): Promise<void> => {
      for (let passed = 0; passed < seconds; passed += 0.5) {
        await clock.advance(Seconds(0.5));
        await new Promise((resolve) => void setTimeout(resolve, 2)); // the store reads
      }
    };
    await send("sample", sampleOf(1));
    await send("sample", sampleOf(4));
    await pass(0.5);
    await vi.waitFor(() => expect(acks.at(-1)).toEqual({ b1: 1 }));
    expect(requests).toEqual([]);
    await pass(1.5);
    expect(requests).toEqual([{ boot: "b1", from: 2 }]);
    await pass(8);
    expect(requests).toHaveLength(3); // after 1, 3 and 7 seconds
    await send("sample", sampleOf(2));
    await send("sample", sampleOf(3));
    await pass(1);
    await vi.waitFor(() => expect(acks.at(-1)).toEqual({ b1: 4 }));
    await pass(60);
    expect(trainer.counts().replays).toBe(3);
  });

  it("takes samples that came in parts, and labels, and what became of updates", async () => {
    const { trainer, store, acks, device, send } = await fixture();
    const large: Sample = { ...sampleOf(1), inputs: new Float32Array(50_000).fill(0.5) };
    const whole = encode("sample", large, Number.POSITIVE_INFINITY);
    const topic = topicOf({ kind: "sample", fleet: "home", device: "d1" });
    for (const [i, part] of (await splitMessage(whole, "b1-1")).entries())
      await device.publish(`${topic}/part/${i}`, part, messages.sample);
    await vi.waitFor(() => expect(acks).toEqual([{ b1: 1 }]));
    expect((await store.samples("home", { limit: 1 }))[0]?.sample).toEqual(large);
    const label = { sample: "b1-1", label: "knock", by: "eve", at: 5 };
    const reported = { boot: "b1", state: "good", version: 2, trusted: 2 } as const;
    await send("label", label);
    await send("reported", reported);
    await vi.waitFor(async () => expect(await store.labels("home", "b1-1")).toEqual([label]));
    await vi.waitFor(async () => expect(await store.devices("home")).toMatchObject([{ device: "d1", reported }]));
    expect(trainer.counts().refused).toEqual({});
  });

  it("does not wait for what a device has let go of", async () => {
    const { acks, send } = await fixture();
    await send("birth", birthOf("b1", 41));
    await send("sample", sampleOf(41));
    await vi.waitFor(() => expect(acks.at(-1)).toEqual({ b1: 41 }));
  });

  it("ignores the late death of an old boot", async () => {
    const { store, send } = await fixture();
    const online = async (): Promise<boolean | undefined> => (await store.summary("home")).devices[0]?.online;
    await send("status", { state: "online", boot: "b1" });
    await vi.waitFor(async () => expect(await online()).toBe(true));
    await send("status", { state: "online", boot: "b2" });
    await send("status", { state: "offline", boot: "b1" });
    await send("progress", { boot: "b2", task: "sum", step: 1, steps: 2, error: 0.5 });
    await vi.waitFor(async () => expect((await store.summary("home")).devices[0]?.lastProgress?.step).toBe(1));
    expect(await online()).toBe(true);
    await send("status", { state: "offline", boot: "b2" });
    await vi.waitFor(async () => expect(await online()).toBe(false));
  });

  it("counts what it cannot read, by reason, and goes on", async () => {
    const { trainer, acks, device, send } = await fixture();
    const once = { qos: 1, retain: false } as const;
    await device.publish("ohmwork/v1/home/d1/sample", Uint8Array.of(0xff), once);
    await device.publish("ohmwork/v1/home/D1/sample", Uint8Array.of(0xff), once);
    await device.publish("ohmwork/v1/home/d1/status", new TextEncoder().encode('{"v":9}'), once);
    await device.publish("ohmwork/v1/home/d1/status", new TextEncoder().encode('{"v":1}'), once);
    await device.publish("ohmwork/v1/home/d1/progress", new Uint8Array(200_000), once);
    await send("sample", sampleOf(1));
    await vi.waitFor(() => expect(acks).toEqual([{ b1: 1 }]));
    expect(trainer.counts().refused).toEqual({ malformed: 2, "unknown-version": 1, invalid: 1, "too-large": 1 });
  });

  it("says that it is there, retained, and that it is gone", async () => {
    const { trainer, retainedState } = await fixture();
    await vi.waitFor(() => expect(retainedState()).toMatchObject({ value: { online: true } }));
    await trainer.stop();
    expect(retainedState()).toMatchObject({ value: { online: false } });
  });

  it("says since when it is there, whatever became of the link in between", async () => {
    const clock = createFakeClock(1000);
    const store = await openStore(join(mkdtempSync(join(tmpdir(), "ohmwork-trainer-")), "trainer.sqlite"));
    onTestFinished(() => store[Symbol.asyncDispose]());
    const broker = createFakeBroker();
    const connection = broker.connect();
    const trainer = createTrainer({ id: "t1", fleet: "home", store, connection, clock });
    await trainer.start();
    await clock.advance(Seconds(100));
    connection.cut();
    connection.link();
    const state = (): unknown =>
      decode("trainer-state", broker.retained("ohmwork/v1/home/trainer/t1/state") ?? new Uint8Array(0));
    await vi.waitFor(() => expect(state()).toEqual({ ok: true, value: { online: true, since: 1000 } }));
    await trainer.stop();
    expect(state()).toEqual({ ok: true, value: { online: false, since: 1000 } });
  });

  it("stop() waits for no broker that answers nothing", async () => {
    const clock = createFakeClock();
    const store = await openStore(join(mkdtempSync(join(tmpdir(), "ohmwork-trainer-")), "trainer.sqlite"));
    onTestFinished(() => store[Symbol.asyncDispose]());
    const silent = createFakeBroker().connect();
    const connection = { ...silent, connected: true, publish: () => new Promise<boolean>(() => undefined) };
    const trainer = createTrainer({ id: "t1", fleet: "home", store, connection, clock });
    await trainer.start();
    const stopping = trainer.stop();
    await new Promise((resolve) => void setImmediate(resolve));
    await clock.advance(Seconds(2));
    await expect(stopping).resolves.toBeUndefined();
  }, 5000);

  it("stop() commits and acknowledges what is at hand", async () => {
    const { trainer, acks, send } = await fixture();
    await send("sample", sampleOf(1));
    await trainer.stop();
    expect(acks).toEqual([{ b1: 1 }]);
  });
});
