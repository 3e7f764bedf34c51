import { createConnection, createServer, type AddressInfo, Socket } from "node:net";
import { AbortedError, BadInputError, type Clock, Seconds } from "@ohmwork/core";
import { createFakeClock } from "@ohmwork/core/testing";
import { connectAsync, type IPublishPacket } from "mqtt";
import { beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { connectMqtt } from "./connect-mqtt.ts";
import { startEmbeddedBroker } from "./embedded-broker.ts";
import { BrokerUnreachableError } from "./mqtt-connection.ts";
import { startFrozenBroker } from "./testing/frozen-broker.ts";
import { requireMosquitto, startMosquitto } from "./testing/mosquitto.ts";

const deadline = Seconds(10);
const once = { qos: 1, retain: false } as const;
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (payload: Uint8Array): string => new TextDecoder().decode(payload);
const brokers = [
  { name: "the embedded broker", start: (port = 0) => startEmbeddedBroker({ port }), version: 4, requires: () => undefined },
  {
    name: "mosquitto",
    start: (port?: number) => startMosquitto(port === undefined ? {} : { port }),
    version: 5,
    requires: requireMosquitto,
  },
] as const;

describe.each(brokers)("connectMqtt() to $name", ({ start, version, requires }) => {
  beforeEach((context) => requires(context));
  it("carries messages, retained ones to whoever comes later", async () => {
    await using broker = await start();
    await using a = connectMqtt(broker.url, { clientId: "a" });
    await using b = connectMqtt(broker.url, { clientId: "b" });
    await a.whenConnected(deadline);
    expect(await a.publish("t/kept", bytes("kept"), { qos: 1, retain: true })).toBe(true);
    const got: string[] = [];
    await b.subscribe("t/+", (topic, payload) => void got.push(`${topic} ${text(payload)}`));
    await b.whenConnected(deadline);
    expect(await a.publish("t/now", bytes("now"), once)).toBe(true);
    await vi.waitFor(() => expect(got.toSorted()).toEqual(["t/kept kept", "t/now now"]));
  });

  it("sends each message at once, however small", async () => {
    await using broker = await start();
    const asked = vi.spyOn(Socket.prototype, "setNoDelay");
    onTestFinished(() => asked.mockRestore());
    await using a = connectMqtt(broker.url, { clientId: "a" });
    await a.whenConnected(deadline);
    const port = Number(new URL(broker.url).port);
    const ours = asked.mock.contexts.filter((socket) => (socket as Socket).remotePort === port);
    expect(ours).toHaveLength(1);
  });

  it("tells those who can know of expiry, answer and request, and brings the message to all", async () => {
    await using broker = await start();
    await using a = connectMqtt(broker.url, { clientId: "a" });
    const b = await connectAsync(broker.url, { clientId: "b", protocolVersion: version });
    onTestFinished(async () => b.endAsync(true));
    const got: IPublishPacket[] = [];
    b.on("message", (_, __, packet) => void got.push(packet));
    await b.subscribeAsync("t", { qos: 1 });
    await a.whenConnected(deadline);
    const properties = {
      contentType: "application/cbor",
      payloadFormatIndicator: false,
      messageExpiryInterval: 30,
      responseTopic: "t/reply",
      correlationData: bytes("c-1"),
    };
    expect(await a.publish("t", bytes("x"), { ...once, properties })).toBe(true);
    await vi.waitFor(() => expect(got).toHaveLength(1));
    const told = { contentType: "application/cbor", responseTopic: "t/reply", correlationData: Buffer.from("c-1") };
    expect(got[0]?.payload).toEqual(Buffer.from("x"));
    expect(got[0]).toMatchObject(version === 5 ? { properties: { ...told, payloadFormatIndicator: false } } : { qos: 1 });
  });

  it("takes a burst of QoS 1 messages, each once and in order", async () => {
    await using broker = await start();
    const troubles: string[] = [];
    await using a = connectMqtt(broker.url, { clientId: "a", onTrouble: (message) => troubles.push(message) });
    await using b = connectMqtt(broker.url, { clientId: "b" });
    const got: number[] = [];
    await b.subscribe("burst", (_, payload) => void got.push(Number(text(payload))));
    await Promise.all([a.whenConnected(deadline), b.whenConnected(deadline)]);
    const numbers = Array.from({ length: 1000 }, (_, i) => i);
    const sent = await Promise.all(numbers.map((i) => a.publish("burst", bytes(String(i)), once)));
    expect(sent.every(Boolean)).toBe(true);
    await vi.waitFor(() => expect(got).toEqual(numbers), { timeout: 10_000 });
    expect(troubles).toEqual([]);
  });

  it("comes back after the broker, with its subscriptions standing before onConnect() is told", async () => {
    const broker = await start();
    onTestFinished(() => broker[Symbol.asyncDispose]());
    await using a = connectMqtt(broker.url, { clientId: "a" });
    const got: string[] = [];
    let connects = 0;
    let losses = 0;
    await a.subscribe("echo", (_, payload) => void got.push(text(payload)));
    a.onConnect(() => {
      connects += 1;
      void a.publish("echo", bytes(`hello ${connects}`), once);
    });
    a.onDisconnect(() => void (losses += 1));
    await vi.waitFor(() => expect(got).toEqual(["hello 1"]), { timeout: 5000 });
    await broker[Symbol.asyncDispose]();
    await vi.waitFor(() => expect(losses).toBe(1), { timeout: 5000 });
    expect(a.connected).toBe(false);
    expect(await a.publish("echo", bytes("lost"), once)).toBe(false);
    const empty = await start(broker.port);
    onTestFinished(() => empty[Symbol.asyncDispose]());
    await vi.waitFor(() => expect(got).toEqual(["hello 1", "hello 2"]), { timeout: 10_000 });
  });

  it("takes no more than its handler can, and loses nothing of it", async () => {
    await using broker = await start();
    await using a = connectMqtt(broker.url, { clientId: "a" });
    await using b = connectMqtt(broker.url, { clientId: "b", receiveMaximum: 10 });
    const got: number[] = [];
    let taking = 0;
    let most = 0;
    await b.subscribe("slow", async (_, payload) => {
      taking += 1;
      most = Math.max(most, taking);
      await new Promise((resolve) => void setTimeout(resolve, 2));
      taking -= 1;
      got.push(Number(text(payload)));
    });
    await Promise.all([a.whenConnected(deadline), b.whenConnected(deadline)]);
    const numbers = Array.from({ length: 100 }, (_, i) => i);
    await Promise.all(numbers.map((i) => a.publish("slow", bytes(String(i)), once)));
    await vi.waitFor(() => expect(got).toEqual(numbers), { timeout: 10_000 });
    expect(most).toBe(1);
  });

  it("shares messages in a group where the broker can, and gives all of them to each where it cannot", async () => {
    await using broker = await start();
    await using a = connectMqtt(broker.url, { clientId: "a" });
    await using b = connectMqtt(broker.url, { clientId: "b" });
    await using c = connectMqtt(broker.url, { clientId: "c" });
    const got: number[][] = [[], []];
    for (const [i, one] of [b, c].entries()) {
      await one.subscribe("work/+", (_, payload) => void got[i]?.push(Number(text(payload))), { sharedBy: "workers" });
      await one.whenConnected(deadline);
    }
    await a.whenConnected(deadline);
    const numbers = Array.from({ length: 40 }, (_, i) => i);
    for (const i of numbers) await a.publish("work/x", bytes(String(i)), once);
    const shared = version === 5;
    await vi.waitFor(() => expect(got.flat()).toHaveLength(shared ? 40 : 80), { timeout: 5000 });
    expect(new Set(got.flat()).size).toBe(40);
    expect(Math.min(...got.map(({ length }) => length))).toBeGreaterThan(0);
  });

  it("leaves no will behind when it closes", async () => {
    await using broker = await start();
    const will = { topic: "w", payload: bytes("gone"), qos: 1, retain: true } as const;
    const a = connectMqtt(broker.url, { clientId: "a", will });
    await using b = connectMqtt(broker.url, { clientId: "b" });
    const got: string[] = [];
    await b.subscribe("#", (topic) => void got.push(topic));
    await Promise.all([a.whenConnected(deadline), b.whenConnected(deadline)]);
    await a.close();
    await b.publish("after", bytes(""), once);
    await vi.waitFor(() => expect(got).toContain("after"));
    expect(got).toEqual(["after"]);
  });
});

describe("connectMqtt()", () => {
  it("publishes its will when the link dies without a goodbye", async () => {
    await using broker = await startEmbeddedBroker({ port: 0 });
    const relay = await startRelay(broker.port);
    const will = { topic: "w", payload: bytes("gone"), qos: 1, retain: false } as const;
    await using a = connectMqtt(`mqtt://127.0.0.1:${relay.port}`, { clientId: "a", will });
    await using b = connectMqtt(broker.url, { clientId: "b" });
    const got: string[] = [];
    await b.subscribe("w", (_, payload) => void got.push(text(payload)));
    await Promise.all([a.whenConnected(deadline), b.whenConnected(deadline)]);
    relay.close();
    await vi.waitFor(() => expect(got).toEqual(["gone"]), { timeout: 5000 });
  });
  it("says after its deadline that no broker answered, where, and why", async () => {
    const free = createServer();
    await new Promise<void>((resolve) => void free.listen(0, "127.0.0.1", resolve));
    const { port } = free.address() as AddressInfo;
    await new Promise((resolve) => free.close(resolve));
    await using a = connectMqtt(`mqtt://user:secret@127.0.0.1:${port}`, { clientId: "a" });
    const failure = await a.whenConnected(Seconds(0.3)).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(BrokerUnreachableError);
    expect((failure as BrokerUnreachableError).message).toBe(
      `No MQTT broker answered at mqtt://127.0.0.1:${port} within 0.3 s: connect ECONNREFUSED 127.0.0.1:${port}`,
    );
    const stop = AbortSignal.abort();
    await expect(a.whenConnected(Seconds(1), stop)).rejects.toBeInstanceOf(AbortedError);
  });
  it("gives up a broker that answers CONNECT and then nothing, and says why", async () => {
    await using broker = await startFrozenBroker();
    await using a = connectMqtt(broker.url, { clientId: "a" });
    await a.subscribe("t", () => undefined);
    await expect(a.whenConnected(Seconds(7))).rejects.toThrow("no answer to a subscription");
    expect(broker.connections()).toBeGreaterThan(1);
  });
  it("close() leaves no socket behind when the broker does not answer", async () => {
    await using broker = await startFrozenBroker();
    const a = connectMqtt(broker.url, { clientId: "a" });
    await a.whenConnected(deadline);
    const answer = a.publish("t", bytes(""), once);
    await a.close();
    expect(await answer).toBe(false);
    await vi.waitFor(() => expect(broker.open()).toBe(0));
  });
  it("waits longer from one short link to the next, says once what may be behind it, and forgets after a good one", async () => {
    await using broker = await startFrozenBroker();
    const { clock, waits, pass } = createWatchedClock();
    const troubles: string[] = [];
    const onTrouble = (message: string): void => void troubles.push(message);
    await using a = connectMqtt(broker.url, { clientId: "a", clock, random: () => 0.5, onTrouble });
    const expected = [0.25, 0.5, 1, 2, 4, 8, 15, 15];
    for (const [i, wait] of expected.entries()) {
      await vi.waitFor(() => expect(a.connected).toBe(true));
      broker.cut();
      await vi.waitFor(() => expect(waits).toEqual(expected.slice(0, i + 1)));
      await pass(wait);
    }
    await vi.waitFor(() => expect(a.connected).toBe(true));
    expect(troubles).toEqual([`The link to ${broker.url} broke 3 times in a row: another client may be using the id a`]);
    await pass(30);
    broker.cut();
    await vi.waitFor(() => expect(waits.at(-1)).toBe(0.25));
  });
  it("tries the other version of MQTT at once, but only once", async () => {
    await using broker = await startFrozenBroker({ refuses: [4, 5] });
    const { clock, waits, pass } = createWatchedClock();
    await using a = connectMqtt(broker.url, { clientId: "a", clock, random: () => 0.5 });
    for (const [i, wait] of [0, 0.25, 0.5, 1, 2].entries()) {
      await vi.waitFor(() => expect(waits.length).toBe(i + 1));
      expect(waits.at(-1)).toBe(wait);
      await pass(wait);
    }
    await vi.waitFor(() => expect(broker.connections()).toBe(6));
    expect(a.connected).toBe(false);
  });
  it.each(["localhost", "http://localhost", "mqtt://", ""])("refuses %j as an address", (url) => {
    expect(() => connectMqtt(url, { clientId: "a" })).toThrow(BadInputError);
  });
  it.each(["user:secret@localhost", "http://user:secret@localhost", "mqtt://user:se/cr@et@host:port", "mqtt://:secret@"])(
    "refuses %j without showing the password",
    (url) => {
      const attempt = (): unknown => connectMqtt(url, { clientId: "a" });
      expect(attempt).toThrow(BadInputError);
      expect(attempt).not.toThrow(/secret|cr|user/);
    },
  );
  it("speaks MQTT 5 where it is offered, so that a short absence publishes no will", async (context) => {
    requireMosquitto(context);
    await using broker = await startMosquitto();
    const will = { topic: "w", payload: bytes("gone"), qos: 1, retain: false } as const;
    await using b = connectMqtt(broker.url, { clientId: "b" });
    const got: string[] = [];
    await b.subscribe("#", (topic) => void got.push(topic));
    await b.whenConnected(deadline);
    const relay = await startRelay(broker.port);
    await using a = connectMqtt(`mqtt://127.0.0.1:${relay.port}`, { clientId: "a", will });
    await a.whenConnected(deadline);
    let back = 0;
    a.onConnect(() => void (back += 1));
    relay.cut();
    await vi.waitFor(() => expect(back).toBe(2), { timeout: 5000 });
    await a.publish("after", bytes(""), once);
    await vi.waitFor(() => expect(got).toContain("after"));
    expect(got).toEqual(["after"]); // at 3.1.1 the will stands before it
    relay.close();
  });
});

/** A clock that moves only when told to, and what was waited for before a new try on it [s]. */
function createWatchedClock(): { clock: Clock; waits: number[]; pass: (seconds: number) => Promise<void> } {
  const clock = createFakeClock();
  const waits: number[] = [];
  const others = new Set([5, 10]); // for the handshake, and the deadline of these tests
  const sleep = (delay: Seconds, signal?: AbortSignal): Promise<void> => {
    if (!others.has(delay)) waits.push(delay);
    return clock.sleep(delay, signal);
  };
  return { clock: { ...clock, sleep }, waits, pass: (seconds) => clock.advance(Seconds(seconds)) };
}

/** Carries bytes to a broker and can break every link at once, as a pulled cable does. */
async function startRelay(to: number): Promise<{ port: number; cut: () => void; close: () => void }> {
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = createConnection({ port: to, host: "127.0.0.1" });
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on("error", () => undefined);
    }
    near.pipe(far).pipe(near);
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const cut = (): void => {
    for (const socket of sockets) socket.resetAndDestroy();
    sockets.clear();
  };
  return {
    port: (server.address() as AddressInfo).port,
    cut,
    close: () => {
      cut();
      server.close();
    },
  };
}
