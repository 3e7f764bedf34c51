import { mkdtempSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as breathe } from "node:timers/promises";
import { createAgent, openSlotStore } from "@ohmwork/agent";
import { createRandom, type Random, Seconds } from "@ohmwork/core";
import { recordGuarantee, scaled, testSeed } from "@ohmwork/core/testing";
import { startEmbeddedBroker } from "@ohmwork/runtime";
import { createFakeBroker, createFakeDisk, type FakeConnection } from "@ohmwork/runtime/testing";
import { createTrainer, openStore, runTrainer } from "@ohmwork/trainer";
import { encode, kinds, messages, topicFilterOf, topicOf, trustKeys } from "@ohmwork/wire";
import { createExamples, mutate } from "@ohmwork/wire/testing";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { createSumDevice } from "../fleet/sum-device.ts";

const { payloads, publicKey } = await createExamples();
const good = kinds.map((kind) => encode(kind, payloads[kind]));
const storeFile = (): string => join(mkdtempSync(join(tmpdir(), "ohmwork-parsers-")), "trainer.sqlite");
const how = { qos: 1, retain: false } as const;

/** Publishes changed messages of all kinds on topics of `device`, some of which are changed as well. */
async function babble(to: FakeConnection, device: string, count: number, random: Random): Promise<void> {
  const topics = kinds
    .filter((kind) => kind !== "trainer-state")
    .map((kind) => topicFilterOf("home", kind, { device }).replaceAll("+", "replay"));
  for (let i = 0; i < count; i += 1) {
    const at = random.below(kinds.length);
    const bytes = good[random.below(4) === 0 ? random.below(good.length) : at] as Uint8Array;
    const topic = topics[at % topics.length] as string;
    const where = random.below(10) === 0 ? `${topic}/part/${random.below(3)}` : topic;
    const payload = random.below(20) === 0 ? new Uint8Array(random.below(200_000)) : mutate(bytes, random);
    void to.publish(
      random.below(50) === 0 ? new TextDecoder().decode(mutate(new TextEncoder().encode(where), random)) : where,
      payload,
      how,
    );
    if (i % 100 === 99) await breathe();
  }
}

describe("what reads from outside", { timeout: 1_200_000 }, () => {
  it("an agent goes on after anything that its topics can bring", async (context) => {
    const seed = testSeed(31);
    const broker = createFakeBroker();
    const trainer = broker.connect();
    const device = createSumDevice();
    const programmed: number[] = [];
    const program: typeof device.system.program = (values, call) => {
      programmed.push(values.length);
      return device.system.program(values, call);
    };
    const agent = createAgent({
      device: { ...device, system: { ...device.system, program } },
      boot: "b1",
      connection: broker.connect(),
      updates: { slots: openSlotStore(createFakeDisk().folder), keys: await trustKeys([publicKey]) },
    });
    await agent.start();
    onTestFinished(() => agent.stop(Seconds(0)));
    const before = process.memoryUsage().heapUsed;
    const count = scaled(300_000);
    await babble(trainer, "d1", count, createRandom(seed, "agent"));
    await agent.learn();
    const { depth } = agent.outbox();
    expect(depth).toBeGreaterThan(0);
    await trainer.publish("ohmwork/v1/home/d1/ack", encode("ack", { upTo: { b1: depth } }), messages.ack);
    expect(agent.outbox().depth).toBe(0);
    expect(programmed).toEqual([]);
    const measured = { "heap grew by [MiB]": ((process.memoryUsage().heapUsed - before) / 2 ** 20).toFixed(0) };
    recordGuarantee(context, { guarantee: "P19", fault: "changed messages to an agent", count, seed, measured });
  });

  it("a trainer goes on after anything that a fleet can say", async (context) => {
    const seed = testSeed(32);
    const broker = createFakeBroker();
    const device = broker.connect();
    await using store = await openStore(storeFile());
    const trainer = createTrainer({ id: "t1", fleet: "home", store, connection: broker.connect(), batchSeconds: Seconds(0.001) });
    await trainer.start();
    onTestFinished(() => trainer.stop());
    const acknowledged: unknown[] = [];
    await device.subscribe("ohmwork/v1/home/d2/ack", (_, payload) => void acknowledged.push(payload));
    const count = scaled(100_000);
    await babble(device, "d1", count, createRandom(seed, "trainer"));
    const { boot } = payloads.sample;
    const sample = encode("sample", { ...payloads.sample, seq: 1, id: `${boot}-1` });
    const send = (): void =>
      void device.publish(topicOf({ kind: "sample", fleet: "home", device: "d2" }), sample, messages.sample);
    await vi.waitFor(
      () => {
        send();
        expect(acknowledged.length).toBeGreaterThan(0);
      },
      { timeout: 30_000, interval: 200 },
    );
    const { refused, samples, failedCommits } = trainer.counts();
    expect(failedCommits).toBe(0);
    expect(refused.malformed).toBeGreaterThan(count / 100);
    const measured = { ...refused, "samples taken all the same": samples };
    recordGuarantee(context, { guarantee: "P19", fault: "changed messages to a trainer", count, seed, measured });
  });

  it("a trainer's HTTP answers anything, never with a failure of its own", async (context) => {
    const seed = testSeed(33);
    const random = createRandom(seed, "HTTP");
    await using broker = await startEmbeddedBroker({ port: 0 });
    const stopping = new AbortController();
    const listens = Promise.withResolvers<string>();
    const options = { fleet: "home", broker: broker.url, file: storeFile(), http: { port: 0 } };
    const running = runTrainer({ ...options, onApi: listens.resolve }, stopping.signal);
    const { port, host } = new URL(await listens.promise);
    const { paths } = (await (await fetch(`http://${host}/openapi.json`)).json()) as { paths: object };
    const requests = Object.keys(paths)
      .filter((path) => path !== "/v1/events")
      .flatMap((path) => [path, `${path}?limit=3&device=d1&after=d1/b1/4&sample=b1-4`, path.replace(/\{\w+\}/, "0".repeat(64))])
      .map((path) =>
        new TextEncoder().encode(`GET ${path} HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\naccept: */*\r\n\r\n`),
      );
    const count = scaled(20_000);
    const answers: Record<string, number> = {};
    for (let i = 0; i < count; i += 1) {
      const request = requests[random.below(requests.length)] as Uint8Array;
      const status = await ask(Number(port), i % 20 === 0 ? request : mutate(request, random));
      answers[status] = (answers[status] ?? 0) + 1;
    }
    expect((await fetch(`http://${host}/livez`)).status).toBe(200);
    stopping.abort();
    await running;
    expect(Object.keys(answers).filter((status) => status.startsWith("5") && status !== "503")).toEqual([]);
    expect(answers["200"]).toBeGreaterThan(0);
    expect(answers["400"]).toBeGreaterThan(0);
    recordGuarantee(context, { guarantee: "P19", fault: "changed requests to a trainer's HTTP", count, seed, measured: answers });
  });
});

/** The status of the answer to some bytes; "none" when the other side ended without one, or waits for more of them. */
function ask(port: number, bytes: Uint8Array): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: "127.0.0.1" });
    let said = "";
    socket.setEncoding("latin1").on("data", (text: string) => {
      said += text;
      if (said.length > 12) socket.destroy();
    });
    socket.on("error", () => undefined);
    socket.on("close", () => resolve(/^HTTP\/1\.1 (\d{3})/.exec(said)?.[1] ?? "none"));
    socket.end(bytes);
  });
}
