import type { MessageHandler, MqttConnection } from "../mqtt-connection.ts";
import { matchesTopicFilter } from "../topic-filter.ts";

/** A broker of a few lines in memory: retains, delivers at once, and its links break when told to. */
export interface FakeBroker {
  connect(): FakeConnection;
  /** Last retained payload of a topic. */
  retained(topic: string): Uint8Array | undefined;
}

export interface FakeConnection extends MqttConnection {
  /** Breaks the link; publishing fails until `link`. */
  cut(): void;
  link(): void;
}

export function createFakeBroker(): FakeBroker {
  const retained = new Map<string, Uint8Array>();
  const connections = new Set<(topic: string, payload: Uint8Array) => void>();

  const replay = (filter: string, handler: MessageHandler): void => {
    for (const [topic, payload] of retained) if (matchesTopicFilter(filter, topic)) void handler(topic, payload);
  };

  const connect = (): FakeConnection => {
    const subscriptions: { filter: string; handler: MessageHandler }[] = [];
    const connectHandlers: (() => void)[] = [];
    const disconnectHandlers: (() => void)[] = [];
    let linked = true;
    let closed = false;
    const deliver = (topic: string, payload: Uint8Array): void => {
      for (const { filter, handler } of subscriptions)
        if (linked && matchesTopicFilter(filter, topic)) void handler(topic, payload);
    };
    const close = async (): Promise<void> => {
      closed = true;
      linked = false;
      connections.delete(deliver);
    };
    connections.add(deliver);
    return {
      get connected() {
        return linked;
      },
      publish: async (topic, payload, { retain }) => {
        await Promise.resolve();
        if (!linked) return false;
        if (retain) retained.set(topic, payload);
        for (const receive of connections) receive(topic, payload);
        return true;
      },
      subscribe: async (filter, handler) => {
        subscriptions.push({ filter, handler });
        if (linked) replay(filter, handler);
      },
      onConnect: (handler) => {
        connectHandlers.push(handler);
        if (linked) handler();
      },
      onDisconnect: (handler) => void disconnectHandlers.push(handler),
      whenConnected: async () => undefined,
      cut: () => {
        linked = false;
        for (const handler of disconnectHandlers) handler();
      },
      link: () => {
        if (closed) return;
        linked = true;
        for (const { filter, handler } of subscriptions) replay(filter, handler);
        for (const handler of connectHandlers) handler();
      },
      close,
      [Symbol.asyncDispose]: close,
    };
  };
  return { connect, retained: (topic) => retained.get(topic) };
}
