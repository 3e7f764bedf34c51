import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { agentWill, createAgent, createBootId } from "@ohmwork/agent";
import { createRandom, Seconds } from "@ohmwork/core";
import { recordGuarantee, scaled, testSeed } from "@ohmwork/core/testing";
import { connectMqtt, startEmbeddedBroker } from "@ohmwork/runtime";
import { requireMosquitto, startMosquitto } from "@ohmwork/runtime/testing";
import { createTrainer, openStore, trainerLink, trainerWill } from "@ohmwork/trainer";
import { beforeEach, describe, expect, it } from "vitest";
import { createSumDevice } from "../fleet/sum-device.ts";
import { storedIn } from "./sample-ledger.ts";
import { startTcpProxy } from "./tcp-proxy.ts";
import { createUnrulyConnection } from "./unruly-connection.ts";

const brokers = [
  { name: "the embedded broker", start: () => startEmbeddedBroker({ port: 0 }), requires: () => undefined },
  { name: "mosquitto", start: () => startMosquitto(), requires: requireMosquitto },
];
/** For each piece of stream. */
const faults = { delay: 0.1, cut: 0.01, halfClose: 0.005, drop: 0.005, mostSeconds: 0.05 };

describe.each(brokers)("over $name and a bad network", { timeout: 1_200_000 }, ({ name, start, requires }) => {
  beforeEach((context) => requires(context));

  it("each sample is kept once, whatever is cut, late, lost, repeated or out of order", async (context) => {
    const seed = testSeed(4);
    const random = createRandom(seed, `bad network to ${name}`);
    await using broker = await start();
    await using near = await startTcpProxy(broker.port, random);
    await using far = await startTcpProxy(broker.port, random);
    const file = join(mkdtempSync(join(tmpdir(), "ohmwork-network-")), "trainer.sqlite");
    await using store = await openStore(file);
    // Their waits for the next try are short: what is tried is the link, not patience.
    const soon = { random: () => -0.4 };
    const will = trainerWill("home", "t1");
    await using heard = connectMqtt(far.url, { clientId: "ohmwork:home:trainer:t1", will, ...trainerLink, ...soon });
    const trainer = createTrainer({ id: "t1", fleet: "home", store, connection: heard, batchSeconds: Seconds(0.02) });
    await trainer.start();
    const device = createSumDevice();
    const boot = createBootId();
    await using link = connectMqtt(near.url, { clientId: "ohmwork:home:d1", will: agentWill(device, boot), ...soon });
    const chances = { twice: 0.3, late: 0.3, mostLateSeconds: 0.05 };
    const connection = createUnrulyConnection(link, random, chances);
    const agent = createAgent({ device, boot, connection, ackSeconds: Seconds(0.3), progressSeconds: Seconds(0.05) });
    await agent.start();
    await Promise.all([link.whenConnected(Seconds(20)), heard.whenConnected(Seconds(20))]);
    near.inject(faults);
    far.inject(faults);
    const lessons = scaled(100);
    for (let i = 0; i < lessons; i += 1) {
      await agent.learn();
      await agent.drained(Seconds(1));
    }
    near.inject({});
    far.inject({});
    expect(await agent.drained(Seconds(120))).toBe(true);
    const produced = agent.outbox().oldest - 1;
    await agent.stop(Seconds(0.1));
    await trainer.stop();
    const stored = storedIn(file);
    expect(stored.length).toBe(produced);
    expect(new Set(stored)).toEqual(new Set(Array.from({ length: produced }, (_, i) => `${boot}-${i + 1}`)));
    const { refused, duplicates } = trainer.counts();
    expect(refused).toEqual({});
    expect(duplicates).toBeGreaterThan(0);
    const sum = (what: "cuts" | "halfCloses" | "drops" | "delays"): number => near.counts[what] + far.counts[what];
    expect(sum("cuts") + sum("halfCloses") + sum("drops")).toBeGreaterThan(0);
    const measured = {
      "links cut": sum("cuts"),
      "half closed": sum("halfCloses"),
      "silent, then cut": sum("drops"),
      "pieces late": sum("delays"),
      "messages twice": connection.counts.twice,
      "out of order": connection.counts.late,
      duplicates,
    };
    recordGuarantee(context, {
      guarantee: "P2",
      fault: `a bad network between agent, ${name} and trainer`,
      count: produced,
      seed,
      measured,
    });
  });
});
