import { mkdtempSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { agentWill, type Agent, createAgent, createBootId, createSqliteOutbox } from "@ohmwork/agent";
import { Seconds } from "@ohmwork/core";
import { connectMqtt, type MqttConnection, startEmbeddedBroker } from "@ohmwork/runtime";
import { requireMosquitto, startMosquitto } from "@ohmwork/runtime/testing";
import { createTrainer, openStore, type Trainer, type TrainerStore, trainerWill } from "@ohmwork/trainer";
import { beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { createSumDevice } from "./sum-device.ts";

/** Samples that one `learn()` leaves behind at the least. */
const testRows = 40;
const device = createSumDevice();

const patient = { timeout: 20_000, interval: 20 };
const brokers = [
  { name: "the embedded broker", start: (port = 0) => startEmbeddedBroker({ port }), requires: () => undefined },
  { name: "mosquitto", start: (port?: number) => startMosquitto(port === undefined ? {} : { port }), requires: requireMosquitto },
];

const storeFile = (): string => join(mkdtempSync(join(tmpdir(), "ohmwork-fleet-")), "trainer.sqlite");

/** Everything in the store's file, read past the trainer: (boot, seq) of each sample. */
function storedIn(file: string): string[] {
  const database = new DatabaseSync(file, { readOnly: true });
  try {
    return database
      .prepare("SELECT boot, seq FROM samples ORDER BY boot, seq")
      .all()
      .map(({ boot, seq }) => `${String(boot)}-${String(seq)}`);
  } finally {
    database.close();
  }
}
const produced = (boot: string, count: number): string[] => Array.from({ length: count }, (_, i) => `${boot}-${i + 1}`);

async function startAgent(url: string): Promise<Agent> {
  const boot = createBootId();
  const connection = connectMqtt(url, { clientId: "ohmwork:home:d1", will: agentWill(device, boot) });
  const agent = createAgent({ device, boot, connection, ackSeconds: Seconds(0.3), progressSeconds: Seconds(0.05) });
  await agent.start();
  onTestFinished(async () => {
    await agent.stop(Seconds(0.1));
    await connection.close();
  });
  return agent;
}

type Running = { trainer: Trainer; connection: MqttConnection; store: TrainerStore };

async function startTrainer(url: string, file: string, batchSeconds = 0.01): Promise<Running> {
  const store = await openStore(file);
  const connection = connectMqtt(url, { clientId: "ohmwork:home:trainer:t1", will: trainerWill("home", "t1") });
  const trainer = createTrainer({ id: "t1", fleet: "home", store, connection, batchSeconds: Seconds(batchSeconds) });
  await trainer.start();
  onTestFinished(async () => {
    await trainer.stop();
    await connection.close();
    await store[Symbol.asyncDispose]();
  });
  await connection.whenConnected(Seconds(10));
  return { trainer, connection, store };
}

describe.each(brokers)("samples survive over $name", ({ start, requires }) => {
  beforeEach((context) => requires(context));
  it("when the trainer is there from the start", async () => {
    await using broker = await start();
    const file = storeFile();
    const { trainer } = await startTrainer(broker.url, file);
    const agent = await startAgent(broker.url);
    await agent.learn();
    expect(await agent.drained(Seconds(20))).toBe(true);
    const { oldest, dropped } = agent.outbox();
    expect(dropped).toBe(0);
    expect(oldest - 1).toBeGreaterThanOrEqual(testRows);
    expect(storedIn(file)).toEqual(produced(agent.boot, oldest - 1));
    expect(trainer.counts().refused).toEqual({});
  });

  it("when the trainer comes later", async () => {
    await using broker = await start();
    const file = storeFile();
    const agent = await startAgent(broker.url);
    await agent.learn();
    expect(agent.outbox().depth).toBeGreaterThanOrEqual(testRows);
    await startTrainer(broker.url, file);
    expect(await agent.drained(Seconds(20))).toBe(true);
    expect(storedIn(file)).toEqual(produced(agent.boot, agent.outbox().oldest - 1));
  });

  it("when the broker comes back empty in the middle", async () => {
    const broker = await start();
    onTestFinished(() => broker[Symbol.asyncDispose]());
    const file = storeFile();
    const agent = await startAgent(broker.url);
    const { connection } = await startTrainer(broker.url, file);
    await agent.learn();
    const before = agent.outbox();
    await broker[Symbol.asyncDispose]();
    await agent.learn();
    expect(agent.outbox().depth).toBeGreaterThanOrEqual(testRows);
    const empty = await start(broker.port);
    onTestFinished(() => empty[Symbol.asyncDispose]());
    expect(await agent.drained(Seconds(20))).toBe(true);
    expect(agent.outbox().oldest).toBeGreaterThanOrEqual(before.oldest + testRows);
    expect(storedIn(file)).toEqual(produced(agent.boot, agent.outbox().oldest - 1));
    expect(connection.connected).toBe(true);
  });

  it("when the trainer dies before its commit: sent again, stored once", async () => {
    await using broker = await start();
    const file = storeFile();
    let passed = 0;
    await using observer = connectMqtt(broker.url, { clientId: "observer" });
    await observer.subscribe("ohmwork/v1/home/d1/sample", () => void (passed += 1));
    await observer.whenConnected(Seconds(10));
    const dying = await startTrainer(broker.url, file, 3600); // gathers, and will not live to commit
    const agent = await startAgent(broker.url);
    await agent.learn();
    await vi.waitFor(() => expect(passed).toBeGreaterThanOrEqual(testRows), patient);
    await dying.connection.close();
    expect(storedIn(file)).toEqual([]);
    expect(agent.outbox().oldest).toBe(1); // nothing was acknowledged
    const { trainer } = await startTrainer(broker.url, file);
    expect(await agent.drained(Seconds(20))).toBe(true);
    const count = agent.outbox().oldest - 1;
    expect(storedIn(file)).toEqual(produced(agent.boot, count));
    expect(trainer.counts().samples).toBe(count);
  });

  it("and count once when every message comes three times", async () => {
    await using broker = await start();
    const file = storeFile();
    const echo = connectMqtt(broker.url, { clientId: "echo" });
    const seen = new Set<string>();
    await echo.subscribe("ohmwork/v1/home/d1/sample", (topic, payload) => {
      const key = Buffer.from(payload).toString("base64");
      if (seen.has(key)) return;
      seen.add(key);
      for (let i = 0; i < 2; i += 1) void echo.publish(topic, payload, { qos: 1, retain: false });
    });
    await echo.whenConnected(Seconds(10));
    const { trainer } = await startTrainer(broker.url, file);
    const agent = await startAgent(broker.url);
    await agent.learn();
    expect(await agent.drained(Seconds(20))).toBe(true);
    const count = agent.outbox().oldest - 1;
    await vi.waitFor(() => expect(trainer.counts().duplicates).toBeGreaterThanOrEqual(2 * count), patient);
    expect(trainer.counts().samples).toBe(count);
    expect(storedIn(file)).toEqual(produced(agent.boot, count));
    await echo.close();
  });

  it("to a trainer with a new store, which does not wait for what an older one had", async () => {
    await using broker = await start();
    const first = await startTrainer(broker.url, storeFile());
    const agent = await startAgent(broker.url);
    await agent.learn();
    expect(await agent.drained(Seconds(20))).toBe(true);
    const released = agent.outbox().oldest - 1;
    await first.trainer.stop();
    await first.connection.close();
    await agent.learn();
    const file = storeFile();
    await startTrainer(broker.url, file);
    expect(await agent.drained(Seconds(20))).toBe(true);
    const count = agent.outbox().oldest - 1;
    expect(storedIn(file)).toEqual(produced(agent.boot, count).slice(released));
  });

  it("of an earlier boot too, to a trainer with a new store", async () => {
    await using broker = await start();
    const outboxFile = join(mkdtempSync(join(tmpdir(), "ohmwork-earlier-")), "outbox.sqlite");
    const startOn = async (boot: string): Promise<{ agent: Agent; end: () => Promise<void> }> => {
      const outbox = createSqliteOutbox({ file: outboxFile, boot });
      const connection = connectMqtt(broker.url, { clientId: "ohmwork:home:d1", will: agentWill(device, boot) });
      const agent = createAgent({ device, boot, connection, outbox, ackSeconds: Seconds(0.3), progressSeconds: Seconds(0.05) });
      await agent.start();
      const end = async (): Promise<void> => {
        await agent.stop(Seconds(0.1));
        await connection.close();
        outbox[Symbol.dispose]();
      };
      onTestFinished(end);
      return { agent, end };
    };
    const first = await startTrainer(broker.url, storeFile());
    const before = await startOn("b1");
    await before.agent.learn();
    expect(await before.agent.drained(Seconds(20))).toBe(true);
    await first.trainer.stop();
    await first.connection.close();
    const released = before.agent.outbox().oldest - 1;
    await before.agent.learn();
    const { depth } = before.agent.outbox();
    await before.end();
    const { agent } = await startOn("b2");
    expect(agent.outbox().earlier).toEqual({ b1: released + 1 });
    const file = storeFile();
    await startTrainer(broker.url, file);
    expect(await agent.drained(Seconds(20))).toBe(true);
    expect(storedIn(file)).toEqual(produced("b1", released + depth).slice(released));
  });
});
