import { Seconds } from "@ohmwork/core";
import { isDeep, recordGuarantee } from "@ohmwork/core/testing";
import { connectMqtt, startEmbeddedBroker } from "@ohmwork/runtime";
import { requireMosquitto, startMosquitto } from "@ohmwork/runtime/testing";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { subscribePlainly } from "./plain-subscriber.ts";

const brokers = [
  { name: "the embedded broker", start: () => startEmbeddedBroker({ port: 0 }), requires: () => undefined },
  { name: "mosquitto", start: () => startMosquitto(), requires: requireMosquitto },
];
const seconds = isDeep ? 60 : 2;
const everyMilliseconds = isDeep ? 10 : 4;
/** Nearly as large as messages of a fleet may be, so that no buffer of a system takes for long what is not read. */
const payloadBytes = 100 * 1024;
/** More than a broker, and the system under it, keep for one that does not read. */
const leastMessages = 500;
const how = { qos: 1, retain: false } as const;

/** The delay that 99 of 100 do not exceed [ms]. */
const p99Of = (delays: readonly number[]): number =>
  delays.toSorted((a, b) => a - b)[Math.floor(0.99 * delays.length)] ?? Number.NaN;

describe.each(brokers)("over $name", { timeout: 300_000 }, ({ name, start, requires }) => {
  beforeEach((context) => requires(context));

  it("a subscriber that stops reading stalls nobody else", async (context) => {
    await using broker = await start();
    await using speaker = connectMqtt(broker.url, { clientId: "speaker" });
    await using listener = connectMqtt(broker.url, { clientId: "listener" });
    const topic = "ohmwork/v1/home/d1/sample";
    let delays: number[] = [];
    let heard = 0;
    await listener.subscribe(topic, (_, payload) => {
      delays.push(performance.now() - new DataView(payload.buffer, payload.byteOffset).getFloat64(0));
      heard += 1;
    });
    await using frozen = await subscribePlainly(broker.port, topic);
    await Promise.all([speaker, listener].map((one) => one.whenConnected(Seconds(10))));
    let said = 0;
    let stalls = 0;
    /** The 99th percentile of the delays to the listener [ms]. */
    const talk = async (forSeconds: number, least = 0): Promise<number> => {
      delays = [];
      const until = performance.now() + 1000 * forSeconds;
      while (performance.now() < until || (delays.length < least && stalls === 0)) {
        const payload = new Uint8Array(payloadBytes);
        new DataView(payload.buffer).setFloat64(0, performance.now());
        if (!(await Promise.race([speaker.publish(topic, payload, how), patience()]))) stalls += 1;
        said += 1;
        await new Promise((resolve) => void setTimeout(resolve, everyMilliseconds));
      }
      await vi.waitFor(() => expect(heard).toBe(said), { timeout: 10_000, interval: 20 });
      return p99Of(delays);
    };
    const before = await talk(Math.min(seconds, 20));
    expect(frozen.bytes()).toBeGreaterThan(delays.length * payloadBytes * 0.9);
    frozen.freeze();
    const bytes = frozen.bytes();
    const after = await talk(seconds, leastMessages);
    expect(frozen.bytes()).toBe(bytes);
    expect(delays.length).toBeGreaterThan(10 * seconds);
    expect(stalls).toBe(0);
    const measured = {
      "99th percentile before [ms]": before.toFixed(1),
      "and with it [ms]": after.toFixed(1),
      "messages to another": heard,
      "meant for the frozen one [MiB]": ((delays.length * payloadBytes) / 2 ** 20).toFixed(0),
    };
    // Below a few milliseconds it is the machine that is measured.
    const limit = isDeep ? 2 * Math.max(before, 5) : Number.POSITIVE_INFINITY;
    expect(after).toBeLessThan(limit);
    recordGuarantee(context, {
      guarantee: "P14",
      fault: `a subscriber that stops reading, on ${name} [s]`,
      count: seconds,
      measured,
    });
  });
});

/** A broker that stalls must not end the test without a word. */
const patience = (): Promise<boolean> => new Promise((resolve) => void setTimeout(() => resolve(false), 10_000));
