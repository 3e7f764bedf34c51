import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Seconds } from "@ohmwork/core";
import { connectMqtt, startEmbeddedBroker } from "@ohmwork/runtime";
import { createFakeLearner } from "@ohmwork/runtime/testing";
import { decode, encode, messages, parseTopic, topicFilterOf, topicOf } from "@ohmwork/wire";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { startSwarm, type SwarmOptions } from "./swarm.ts";

const small = {
  fleet: "home",
  devices: 8,
  system: () => createFakeLearner(),
  systemName: "fake learner",
  seed: 1,
  samplesPerSecond: 5,
} satisfies Omit<SwarmOptions, "broker">;

/** Acknowledges every sample as soon as it comes, and keeps its name. */
async function acknowledgeAll(broker: string): Promise<AsyncDisposable & { readonly samples: Set<string> }> {
  const connection = connectMqtt(broker, { clientId: "trainer.t1" });
  await connection.whenConnected(Seconds(10));
  const samples = new Set<string>();
  await connection.subscribe(topicFilterOf("home", "sample"), (topic, payload) => {
    const address = parseTopic(topic);
    const sample = decode("sample", payload);
    if (!address.ok || !("device" in address.value) || !sample.ok) return;
    const { device } = address.value;
    samples.add(`${device}/${sample.value.id}`);
    const ack = encode("ack", { upTo: { [sample.value.boot]: sample.value.seq } });
    void connection.publish(topicOf({ kind: "ack", fleet: "home", device }), ack, messages.ack);
  });
  return { samples, [Symbol.asyncDispose]: () => connection.close() };
}

describe("startSwarm()", () => {
  it.each(["in memory", "on the disk"])("has what its devices measure acknowledged, kept %s", async (kept) => {
    await using broker = await startEmbeddedBroker({ port: 0 });
    await using trainer = await acknowledgeAll(broker.url);
    const folder = mkdtempSync(join(tmpdir(), "ohmwork-swarm-"));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const state = kept === "on the disk" ? { state: folder } : {};
    await using swarm = await startSwarm({ ...small, ...state, broker: broker.url });
    await vi.waitFor(() => expect(swarm.state().connected).toBe(8), { timeout: 20_000 });
    await vi.waitFor(() => expect(swarm.state().acknowledged).toBeGreaterThan(16), { timeout: 20_000 });
    swarm.setSamplesPerSecond(0);
    await swarm.stop(Seconds(10));
    const { measured, acknowledged, waiting, dropped, delay } = swarm.state();
    expect({ acknowledged, waiting, dropped, delays: delay?.count }).toEqual({
      acknowledged: measured,
      waiting: 0,
      dropped: 0,
      delays: measured,
    });
    expect(trainer.samples.size).toBe(measured);
  });

  it("comes back after the broker was away, with what was measured meanwhile", async () => {
    const first = await startEmbeddedBroker({ port: 0 });
    await using swarm = await startSwarm({ ...small, broker: first.url });
    await vi.waitFor(() => expect(swarm.state().connected).toBe(8), { timeout: 20_000 });
    await first.close();
    await vi.waitFor(() => expect(swarm.state()).toMatchObject({ connected: 0 }), { timeout: 20_000 });
    await using second = await startEmbeddedBroker({ port: first.port });
    await using trainer = await acknowledgeAll(second.url);
    await vi.waitFor(() => expect(swarm.state().connected).toBe(8), { timeout: 40_000 });
    swarm.setSamplesPerSecond(0);
    await vi.waitFor(() => expect(swarm.state().waiting).toBe(0), { timeout: 20_000 });
    expect(trainer.samples.size).toBe(swarm.state().measured);
  });

  it.each([
    [{ broker: "mqtt://192.0.2.1" }, /on loopback only/],
    [{ broker: "mqtt://127.0.0.1.example.org" }, /on loopback only/],
    [{ broker: "127.0.0.1" }, /on loopback only/],
    [{ devices: 0 }, /1 to 5000 devices, 0 given/],
    [{ devices: 5001 }, /1 to 5000 devices, 5001 given/],
    [{ devices: 5000 }, /up to 20000 samples a second in all, 25000 asked for/],
  ])("refuses %j", async (changes, message) => {
    await expect(startSwarm({ ...small, broker: "mqtt://127.0.0.1:1", ...changes })).rejects.toMatchObject({
      code: "bad-input",
      message: expect.stringMatching(message),
    });
  });
});
