import { setTimeout as sleep } from "node:timers/promises";
import { agentWill, createBootId } from "@ohmwork/agent";
import { Seconds } from "@ohmwork/core";
import { isDeep, recordGuarantee } from "@ohmwork/core/testing";
import { connectMqtt, type MqttConnection, startEmbeddedBroker } from "@ohmwork/runtime";
import { requireMosquitto, startMosquitto } from "@ohmwork/runtime/testing";
import { clientIdOf, encode, messages, topicOf } from "@ohmwork/wire";
import { beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";

const brokers = [
  { name: "the embedded broker", start: (port = 0) => startEmbeddedBroker({ port }), requires: () => undefined },
  { name: "mosquitto", start: (port?: number) => startMosquitto(port === undefined ? {} : { port }), requires: requireMosquitto },
];
const devices = isDeep ? 2000 : 100;
const allBackSeconds = 60;

/** The link of a device, which says that it is there and hears acknowledgements, without a device behind it. */
function linkOf(url: string, id: string): MqttConnection {
  const device = { fleet: "home", id };
  const boot = createBootId();
  const connection = connectMqtt(url, { clientId: clientIdOf({ fleet: "home", device: id }), will: agentWill(device, boot) });
  void connection.subscribe(topicOf({ kind: "ack", fleet: "home", device: id }), () => undefined);
  const topic = topicOf({ kind: "status", fleet: "home", device: id });
  connection.onConnect(() => void connection.publish(topic, encode("status", { state: "online", boot }), messages.status));
  return connection;
}

describe.each(brokers)("$name that comes back", { timeout: 600_000 }, ({ name, start, requires }) => {
  beforeEach((context) => requires(context));

  it("has all of its devices back", async (context) => {
    let broker = await start();
    onTestFinished(() => broker[Symbol.asyncDispose]());
    const { port } = broker;
    const links = Array.from({ length: devices }, (_, i) => linkOf(broker.url, `d${i}`));
    onTestFinished(async () => void (await Promise.all(links.map((link) => link.close()))));
    await Promise.all(links.map((link) => link.whenConnected(Seconds(120))));
    await broker[Symbol.asyncDispose]();
    const away = (): number => links.filter(({ connected }) => !connected).length;
    await vi.waitFor(() => expect(away()).toBe(devices), { timeout: 60_000 });
    await sleep(isDeep ? 10_000 : 500);
    broker = await start(port);
    const begun = performance.now();
    await vi.waitFor(() => expect(away()).toBe(0), { timeout: 300_000, interval: 50 });
    const seconds = (performance.now() - begun) / 1000;
    expect(seconds).toBeLessThan(isDeep ? allBackSeconds : Number.POSITIVE_INFINITY);
    const measured = { "all back after [s]": seconds.toFixed(1) };
    recordGuarantee(context, {
      guarantee: "P15",
      fault: `links of devices to ${name}, which was away`,
      count: devices,
      measured,
    });
  });
});
