import { setTimeout as sleep } from "node:timers/promises";
import { startSwarm } from "@ohmwork/agent";
import { isDeep, recordGuarantee, testSeed } from "@ohmwork/core/testing";
import { connectMqtt, startEmbeddedBroker } from "@ohmwork/runtime";
import { createFakeLearner, requireMosquitto, startMosquitto } from "@ohmwork/runtime/testing";
import { createTrainer, openStore, trainerLink } from "@ohmwork/trainer";
import { clientIdOf } from "@ohmwork/wire";
import { beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";

const brokers = [
  { name: "the embedded broker", start: (port = 0) => startEmbeddedBroker({ port }), requires: () => undefined },
  { name: "mosquitto", start: (port?: number) => startMosquitto(port === undefined ? {} : { port }), requires: requireMosquitto },
];
const devices = isDeep ? 2000 : 200;
const allBackSeconds = 60;
/** Of all devices together. */
const samplesPerSecond = 100;
const awayMilliseconds = isDeep ? 10_000 : 500;

/** A trainer of the fleet "home", whose store ends with it. */
async function startTrainer(broker: string): Promise<AsyncDisposable & { devicesOnline(): Promise<number>; stored(): number }> {
  await using opened = new AsyncDisposableStack();
  const store = opened.use(await openStore(":memory:"));
  const connection = opened.use(connectMqtt(broker, { clientId: clientIdOf({ fleet: "home", trainer: "t1" }), ...trainerLink }));
  const trainer = createTrainer({ id: "t1", fleet: "home", store, connection });
  await trainer.start();
  opened.defer(() => trainer.stop());
  const kept = opened.move();
  return {
    devicesOnline: async () => (await store.devices("home")).filter(({ online }) => online).length,
    stored: () => trainer.counts().samples,
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

describe.each(brokers)("$name that comes back", { timeout: 600_000 }, ({ name, start, requires }) => {
  beforeEach((context) => requires(context));

  it("has all of its devices back, with all that they measured meanwhile", async (context) => {
    const seed = testSeed(15);
    let broker = await start();
    onTestFinished(() => broker[Symbol.asyncDispose]());
    const { port } = broker;
    const kind = { fleet: "home", system: () => createFakeLearner(), systemName: "fake learner", seed };
    const pace = { connectsPerSecond: 500, samplesPerSecond: samplesPerSecond / devices };
    await using trainer = await startTrainer(broker.url);
    await using swarm = await startSwarm({ ...kind, ...pace, broker: broker.url, devices });
    const connected = (): number => swarm.state().connected;
    await vi.waitFor(() => expect(connected()).toBe(devices), { timeout: 300_000, interval: 50 });
    await broker[Symbol.asyncDispose]();
    await vi.waitFor(() => expect(connected()).toBe(0), { timeout: 60_000 });
    await sleep(awayMilliseconds);
    broker = await start(port);
    const begun = performance.now();
    await vi.waitFor(() => expect(connected()).toBe(devices), { timeout: 300_000, interval: 50 });
    const seconds = (performance.now() - begun) / 1000;
    swarm.setSamplesPerSecond(0);
    await vi.waitFor(() => expect(swarm.state().waiting).toBe(0), { timeout: 120_000, interval: 100 });
    await vi.waitFor(async () => expect(await trainer.devicesOnline()).toBe(devices), { timeout: 60_000, interval: 200 });
    const { measured: taken, dropped } = swarm.state();
    expect({ stored: trainer.stored(), dropped }).toEqual({ stored: taken, dropped: 0 });
    expect(seconds).toBeLessThan(isDeep ? allBackSeconds : Number.POSITIVE_INFINITY);
    const measured = { "all back after [s]": seconds.toFixed(1), samples: taken };
    const fault = `agents in one process whose broker, ${name}, was away`;
    recordGuarantee(context, { guarantee: "P15", fault, count: devices, seed, measured });
  });
});
