import { createRandom, Seconds } from "@ohmwork/core";
import { isDeep, recordGuarantee, testSeed } from "@ohmwork/core/testing";
import { connectMqtt, startEmbeddedBroker } from "@ohmwork/runtime";
import { requireMosquitto, startMosquitto } from "@ohmwork/runtime/testing";
import { beforeEach, describe, expect, it } from "vitest";
import { startTcpProxy } from "./tcp-proxy.ts";

const brokers = [
  { name: "the embedded broker", start: () => startEmbeddedBroker({ port: 0 }), requires: () => undefined },
  { name: "mosquitto", start: () => startMosquitto(), requires: requireMosquitto },
];
const seconds = isDeep ? 60 : 2;
const everyMilliseconds = 10;
/** As large as messages of a fleet may be, so that no buffer of a system holds back for long what is not read. */
const payloadBytes = 32 * 1024;
const how = { qos: 1, retain: false } as const;

/** The delay that 99 of 100 do not exceed [ms]. */
const p99Of = (delays: readonly number[]): number =>
  delays.toSorted((a, b) => a - b)[Math.floor(0.99 * delays.length)] ?? Number.NaN;

describe.each(brokers)("over $name", { timeout: 300_000 }, ({ name, start, requires }) => {
  beforeEach((context) => requires(context));

  it("a subscriber that stops reading stalls nobody else", async (context) => {
    const seed = testSeed(14);
    await using broker = await start();
    await using proxy = await startTcpProxy(broker.port, createRandom(seed, "frozen subscriber"));
    await using speaker = connectMqtt(broker.url, { clientId: "speaker" });
    await using listener = connectMqtt(broker.url, { clientId: "listener" });
    const frozen = connectMqtt(proxy.url, { clientId: "frozen" });
    const topic = "ohmwork/v1/home/d1/sample";
    let delays: number[] = [];
    const heard = { listener: 0, frozen: 0 };
    await listener.subscribe(topic, (_, payload) => {
      delays.push(performance.now() - new DataView(payload.buffer, payload.byteOffset).getFloat64(0));
      heard.listener += 1;
    });
    await frozen.subscribe(topic, () => void (heard.frozen += 1));
    await Promise.all([speaker, listener, frozen].map((one) => one.whenConnected(Seconds(10))));
    let unheard = 0;
    /** The 99th percentile of the delays to the listener [ms]. */
    const talk = async (): Promise<number> => {
      delays = [];
      const until = performance.now() + 1000 * seconds;
      while (performance.now() < until) {
        const payload = new Uint8Array(payloadBytes);
        new DataView(payload.buffer).setFloat64(0, performance.now());
        const before = heard.listener;
        if (!(await Promise.race([speaker.publish(topic, payload, how), patience()]))) unheard += 1;
        await new Promise((resolve) => void setTimeout(resolve, everyMilliseconds));
        if (heard.listener === before) unheard += 1;
      }
      return p99Of(delays);
    };
    const before = await talk();
    proxy.freeze();
    const frozenAt = heard.frozen;
    const after = await talk();
    const measured = {
      "99th percentile before [ms]": before.toFixed(1),
      "and with it [ms]": after.toFixed(1),
      "messages to the others": heard.listener,
      "heard by the frozen one after it froze": heard.frozen - frozenAt,
    };
    // Unless it heard less than was said, it was not frozen.
    expect(heard.frozen - frozenAt).toBeLessThan(delays.length / 2);
    expect(heard.listener).toBeGreaterThan(20 * seconds);
    expect(delays.length).toBeGreaterThan(10 * seconds);
    expect(unheard).toBeLessThan(heard.listener / 2);
    // Below a few milliseconds it is the machine that is measured.
    const limit = isDeep ? 2 * Math.max(before, 5) : Number.POSITIVE_INFINITY;
    expect(after).toBeLessThan(limit);
    recordGuarantee(context, {
      guarantee: "P14",
      fault: `a subscriber that stops reading, on ${name} [s]`,
      count: seconds,
      seed,
      measured,
    });
    await frozen.close();
  });
});

/** A broker that stalls must not end the test without a word. */
const patience = (): Promise<boolean> => new Promise((resolve) => void setTimeout(() => resolve(false), 1000));
