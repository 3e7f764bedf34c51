import { expect, it } from "vitest";
import { createMqttLink, type LinkClient } from "./mqtt-link.ts";

const once = { qos: 1, retain: false } as const;

/** A client whose broker answers when the test says so. */
function createSilentClient(): LinkClient & { sent: string[]; answer: ((error?: Error) => void)[] } {
  const sent: string[] = [];
  const answer: ((error?: Error) => void)[] = [];
  return {
    connected: true,
    sent,
    answer,
    publish: (topic, _, __, done) => {
      sent.push(topic);
      answer.push(done);
    },
    subscribeAsync: () => Promise.reject(new TypeError("denied")),
  };
}

const settled = async (): Promise<void> => void (await new Promise((resolve) => setImmediate(resolve)));

it("publish() never has more QoS 1 messages under way than the broker takes", async () => {
  const client = createSilentClient();
  const link = createMqttLink(client, 2, () => undefined);
  const results = Promise.all(["a", "b", "c", "d"].map((topic) => link.publish(topic, new Uint8Array(0), once)));
  await settled();
  expect(client.sent).toEqual(["a", "b"]);
  client.answer[0]?.();
  await settled();
  expect(client.sent).toEqual(["a", "b", "c"]);
  client.answer[1]?.();
  await settled();
  client.answer[2]?.();
  client.answer[3]?.();
  expect(await results).toEqual([true, true, true, true]);
});

it("break() tells all who wait that their message may not have arrived", async () => {
  const link = createMqttLink(createSilentClient(), 1, () => undefined);
  const results = Promise.all(["a", "b"].map((topic) => link.publish(topic, new Uint8Array(0), once)));
  link.break();
  expect(await results).toEqual([false, false]);
  expect(await link.publish("c", new Uint8Array(0), once)).toBe(false);
});

it("publish() says once per topic that the broker refuses it, until it takes one", async () => {
  const said: string[] = [];
  const client = createSilentClient();
  const link = createMqttLink(client, 9, (message) => said.push(message));
  const denied = new TypeError("Not authorized");
  const answers: [string, Error | undefined][] = [
    ["a", denied],
    ["a", denied],
    ["b", denied],
    ["a", undefined],
    ["a", denied],
  ];
  for (const [i, [topic, answer]] of answers.entries()) {
    const result = link.publish(topic, new Uint8Array(0), once);
    await settled();
    client.answer[i]?.(answer);
    expect(await result).toBe(answer === undefined);
  }
  const line = (topic: string): string => `Broker refused a message on ${topic}: Not authorized`;
  expect(said).toEqual([line("a"), line("b"), line("a")]);
});

it("publish() and subscribe() say what the broker refused", async () => {
  const said: string[] = [];
  const client = createSilentClient();
  const link = createMqttLink(client, 9, (message) => said.push(message));
  const result = link.publish("a", new Uint8Array(0), once);
  await settled();
  client.answer[0]?.(new TypeError("Not authorized"));
  expect(await result).toBe(false);
  await link.subscribe("b/#");
  expect(said).toEqual(["Broker refused a message on a: Not authorized", "Broker refused the subscription b/#: denied"]);
});
