import { mkdtempSync } from "node:fs";
import { type AddressInfo, createConnection, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { createRandom, Seconds } from "@ohmwork/core";
import { isDeep, recordGuarantee, scaled, testSeed } from "@ohmwork/core/testing";
import { connectMqtt, type MqttConnection, startEmbeddedBroker } from "@ohmwork/runtime";
import { requireMosquitto, startMosquitto } from "@ohmwork/runtime/testing";
import { clientIdOf, decode, encode, messages, type Sample, topicOf } from "@ohmwork/wire";
import { afterAll, beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { openStore } from "./store/open-store.ts";
import type { TrainerStore } from "./store/store.ts";
import { openPostgres, type PostgresDatabases, requirePostgres } from "./testing/postgres.ts";
import { createTrainer, type Trainer, trainerLink, trainerWill } from "./trainer.ts";

let server: PostgresDatabases | undefined;
afterAll(() => server?.[Symbol.asyncDispose]());
const patient = { timeout: 60_000, interval: 20 };

type Place = { readonly skip: (reason: string) => unknown };
const setups = [
  {
    name: "the embedded broker and SQLite",
    broker: () => startEmbeddedBroker({ port: 0 }),
    database: async () => join(mkdtempSync(join(tmpdir(), "ohmwork-trainers-")), "trainer.sqlite"),
    requires: (): void => undefined,
  },
  {
    name: "mosquitto and PostgreSQL",
    broker: () => startMosquitto(),
    database: async () => {
      server ??= await openPostgres();
      return server.createDatabase();
    },
    requires: (context: Place) => {
      requireMosquitto(context);
      requirePostgres(context);
    },
  },
];

const boots = [
  { device: "d1", boot: "b1" },
  { device: "d1", boot: "b2" },
  { device: "d2", boot: "b1" },
];
const sampleOf = (boot: string, seq: number): Sample => {
  const values = {
    inputs: Float32Array.of(Math.fround(1 / seq)),
    measured: { outputs: Float32Array.of(Math.fround(Math.sin(seq))) },
  };
  return { boot, seq, id: `${boot}-${seq}`, at: seq, clockSynchronised: false, task: "t", revision: seq, ...values };
};

type Running = { readonly trainer: Trainer; readonly connection: MqttConnection; readonly store: TrainerStore };

async function startTrainer(
  broker: string,
  database: string,
  id: string,
  { batchSeconds = 0.02, wrap = (store: TrainerStore): TrainerStore => store } = {},
): Promise<Running> {
  const store = wrap(await openStore(database));
  const will = trainerWill("home", id);
  const connection = connectMqtt(broker, { clientId: clientIdOf({ fleet: "home", trainer: id }), will, ...trainerLink });
  const trainer = createTrainer({ id, fleet: "home", store, connection, batchSeconds: Seconds(batchSeconds) });
  await trainer.start();
  await connection.whenConnected(Seconds(10));
  onTestFinished(async () => {
    await trainer.stop();
    await connection.close();
    await store[Symbol.asyncDispose]();
  });
  return { trainer, connection, store };
}

/** A wire to a broker that can be cut for good. */
async function startWire(port: number): Promise<{ url: string; cut: () => void }> {
  const sockets: Socket[] = [];
  const relay = createServer((near) => {
    const far = createConnection(port, "127.0.0.1");
    sockets.push(near, far);
    for (const socket of [near, far]) socket.on("error", () => undefined);
    near.pipe(far).pipe(near);
  });
  await new Promise<void>((resolve) => void relay.listen(0, "127.0.0.1", resolve));
  const cut = (): void => {
    relay.close();
    for (const socket of sockets) socket.destroy();
  };
  return { url: `mqtt://127.0.0.1:${(relay.address() as AddressInfo).port}`, cut };
}

/** A device side of a few lines, outside of what is tested: publishes what it is told to, and knows what was acknowledged. */
async function startDevices(
  broker: string,
): Promise<{ send: (device: string, sample: Sample) => Promise<boolean>; upTo: Map<string, number> }> {
  const connection = connectMqtt(broker, { clientId: "devices" });
  const upTo = new Map<string, number>();
  await connection.subscribe("ohmwork/v1/home/+/ack", (topic, payload) => {
    const ack = decode("ack", payload);
    if (!ack.ok) return;
    for (const [boot, seq] of Object.entries(ack.value.upTo)) {
      const key = `${topic.split("/")[3]}/${boot}`;
      upTo.set(key, Math.max(upTo.get(key) ?? 0, seq));
    }
  });
  await connection.whenConnected(Seconds(10));
  onTestFinished(() => connection.close());
  const send = (device: string, sample: Sample): Promise<boolean> =>
    connection.publish(topicOf({ kind: "sample", fleet: "home", device }), encode("sample", sample), messages.sample);
  return { send, upTo };
}

/** Sum of every number in a store, in the order of the samples, and their names. */
async function contentOf(store: TrainerStore): Promise<{ ids: string[]; sum: number }> {
  const all = await store.samples("home", { limit: 1_000_000 });
  const sum = all.reduce((total, { sample }) => total + (sample.inputs[0] ?? 0) + (sample.measured["outputs"]?.[0] ?? 0), 0);
  return { ids: all.map(({ device, sample }) => `${device}/${sample.id}`), sum };
}

function expected(each: number): { ids: string[]; sum: number } {
  const all = boots.flatMap(({ device, boot }) =>
    Array.from({ length: each }, (_, i) => ({ device, sample: sampleOf(boot, i + 1) })),
  );
  const sum = all.reduce((total, { sample }) => total + (sample.inputs[0] ?? 0) + (sample.measured["outputs"]?.[0] ?? 0), 0);
  return { ids: all.map(({ device, sample }) => `${device}/${sample.id}`), sum };
}

describe.each(setups)("several trainers on $name", ({ name, broker: startBroker, database, requires }) => {
  beforeEach((context) => requires(context));

  it.for([1, 2, 4])("%i of them count each sample once, whatever is repeated and in whatever order", async (count, context) => {
    await using broker = await startBroker();
    const where = await database();
    const trainers = await Promise.all(Array.from({ length: count }, (_, i) => startTrainer(broker.url, where, `t${i + 1}`)));
    const { send, upTo } = await startDevices(broker.url);
    const each = count === 2 && isDeep ? 26_000 : scaled(11_000);
    const seed = testSeed(count);
    const random = createRandom(seed, "order of messages");
    const once = boots.flatMap(({ device, boot }) =>
      Array.from({ length: each }, (_, i) => ({ device, sample: sampleOf(boot, i + 1) })),
    );
    const all = [...once, ...once.filter(() => random.uniform() < 0.3)].map((one) => ({ ...one, key: random.uniform() }));
    all.sort((a, b) => a.key - b.key);
    for (let at = 0; at < all.length; at += 200)
      await Promise.all(all.slice(at, at + 200).map(({ device, sample }) => send(device, sample)));
    const store = trainers[0]!.store;
    const upToOf = ({ device, boot }: (typeof boots)[number]): number => upTo.get(`${device}/${boot}`) ?? 0;
    // As devices do: what was left because a store was behind is sent again, 256 at a time of each boot.
    for (;;) {
      const before = boots.map(upToOf);
      await new Promise((resolve) => void setTimeout(resolve, 200));
      const open = boots.filter((one) => upToOf(one) < each);
      if (open.length === 0) break;
      if (!isDeepStrictEqual(boots.map(upToOf), before)) continue;
      const again = open.flatMap((one) =>
        Array.from({ length: Math.min(256, each - upToOf(one)) }, (_, i) =>
          send(one.device, sampleOf(one.boot, upToOf(one) + 1 + i)),
        ),
      );
      await Promise.all(again);
    }
    expect(await contentOf(store)).toEqual(expected(each)); // the sum to the bit
    expect(trainers.reduce((sum, { trainer }) => sum + trainer.counts().samples, 0)).toBe(3 * each);
    const fault = `${count === 1 ? "one trainer" : `${count} trainers`} on ${name}, 30 % of the messages twice, in any order`;
    recordGuarantee(context, { guarantee: "P2", fault, count: all.length, seed, measured: { samples: 3 * each } });
  });

  it("would be seen to count one twice without the key of a sample", async (context) => {
    await using broker = await startBroker();
    let arrivals = 0;
    /** Takes each message for a new one. */
    const keyless = (store: TrainerStore): TrainerStore => ({
      ...store,
      commit: (fleet, ingest) => {
        const samples = ingest.samples.map((one) => ({ ...one, sample: { ...one.sample, seq: (arrivals += 1) } }));
        return store.commit(fleet, { ...ingest, samples });
      },
    });
    const { store } = await startTrainer(broker.url, await database(), "t1", { wrap: keyless });
    const { send, upTo } = await startDevices(broker.url);
    for (const seq of [1, 2, 2, 3]) await send("d1", sampleOf("b1", seq));
    await vi.waitFor(() => expect(upTo.get("d1/b1")).toBe(4), patient);
    expect((await contentOf(store)).ids).toHaveLength(4);
    recordGuarantee(context, {
      guarantee: "P2",
      fault: `a sample has no key in the store, on ${name}`,
      count: 1,
      unguarded: true,
    });
  });

  it("lose nothing when one of them dies with messages in its hands", async (context) => {
    await using broker = await startBroker();
    const where = await database();
    const { send, upTo } = await startDevices(broker.url);
    const deaths = scaled(100);
    const perDeath = 30;
    const last = await startTrainer(broker.url, where, "t1");
    let seq = 0;
    for (let death = 0; death < deaths; death += 1) {
      const wire = await startWire(broker.port);
      const dying = await startTrainer(wire.url, where, "t2", { batchSeconds: 3600 }); // gathers, and will not live to commit
      const sent = Array.from({ length: perDeath }, () => sampleOf("b1", (seq += 1)));
      await Promise.all(sent.map((sample) => send("d1", sample)));
      // Without a goodbye: the broker keeps the session, and goes on giving it a share.
      wire.cut();
      void dying.connection.close(); // takes its time on a link that is gone
      // As a device does: what is not acknowledged is sent again until it is.
      while ((upTo.get("d1/b1") ?? 0) < seq) {
        const from = (upTo.get("d1/b1") ?? 0) + 1;
        await Promise.all(Array.from({ length: seq - from + 1 }, (_, i) => send("d1", sampleOf("b1", from + i))));
        await new Promise((resolve) => void setTimeout(resolve, 100));
      }
      const { ids } = await contentOf(last.store);
      expect(ids).toEqual(Array.from({ length: seq }, (_, i) => `d1/b1-${i + 1}`)); // acknowledged is stored
    }
    recordGuarantee(context, { guarantee: "P3", fault: `the link of one of two trainers cut, on ${name}`, count: deaths });
  });

  it("would be seen to lose what one acknowledges before its commit", async (context) => {
    await using broker = await startBroker();
    const where = await database();
    /** Gives a result for what it does not keep. */
    const hasty = (store: TrainerStore): TrainerStore => ({
      ...store,
      commit: async (_, { samples }) => {
        const upTo = Math.max(0, ...samples.map(({ sample }) => sample.seq));
        return { prefixes: [{ device: "d1", boot: "b1", upTo }], stored: samples.length, duplicates: 0 };
      },
    });
    const { send, upTo } = await startDevices(broker.url);
    const dying = await startTrainer(broker.url, where, "t2", { wrap: hasty });
    await Promise.all(Array.from({ length: 10 }, (_, i) => send("d1", sampleOf("b1", i + 1))));
    await vi.waitFor(() => expect(upTo.get("d1/b1")).toBe(10), patient);
    await dying.connection.close();
    const last = await startTrainer(broker.url, where, "t1");
    expect((await contentOf(last.store)).ids).toEqual([]);
    recordGuarantee(context, { guarantee: "P3", fault: `acknowledged before the commit, on ${name}`, count: 1, unguarded: true });
  });
});
