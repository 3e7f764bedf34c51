import type { IClientPublishOptions } from "mqtt";
import type { MqttConnection, PublishOptions } from "./mqtt-connection.ts";

/** One link, from CONNACK to its end. */
export type MqttLink = {
  publish: MqttConnection["publish"];
  subscribe: (filter: string) => Promise<void>;
  /** Tells all who wait on this link that it is gone. */
  break: () => void;
};

/** The part of the library's client that a link uses. */
export type LinkClient = {
  readonly connected: boolean;
  publish(topic: string, payload: Buffer, how: IClientPublishOptions, done: (error?: Error | null) => void): unknown;
  subscribeAsync(filter: string, how: { qos: 1 }): Promise<unknown>;
};

/** `receiveMaximum`: how many QoS 1 messages the broker takes at a time; one more is a protocol error (MQTT 5 §4.9). */
export function createMqttLink(client: LinkClient, receiveMaximum: number, onTrouble: (message: string) => void): MqttLink {
  const inFlight = new Set<(done: boolean) => void>();
  const waiting: (() => void)[] = [];
  /** Topics that the broker refused last time: an access rule refuses every message of a run. */
  const refused = new Set<string>();
  const ended = Promise.withResolvers<void>();
  let broken = false;

  const send = (topic: string, payload: Uint8Array, how: PublishOptions): Promise<boolean> =>
    new Promise((resolve) => {
      const settle = (done: boolean): void => {
        if (!inFlight.delete(settle)) return;
        resolve(done);
        waiting.shift()?.();
      };
      inFlight.add(settle);
      client.publish(topic, Buffer.from(payload), asClientOptions(how), (error) => {
        if (!error) refused.delete(topic);
        else if (!broken && !refused.has(topic)) {
          refused.add(topic);
          onTrouble(`Broker refused a message on ${topic}: ${error.message}`);
        }
        settle(!error);
      });
    });

  return {
    publish: async (topic, payload, how) => {
      const mustWait = (): boolean => how.qos === 1 && !broken && inFlight.size >= receiveMaximum;
      while (mustWait()) await new Promise<void>((resume) => void waiting.push(resume));
      return broken ? false : send(topic, payload, how);
    },
    subscribe: async (filter) => {
      try {
        await Promise.race([client.subscribeAsync(filter, { qos: 1 }), ended.promise]);
      } catch (error) {
        if (!broken && client.connected) onTrouble(`Broker refused the subscription ${filter}: ${(error as Error).message}`);
      }
    },
    break: () => {
      broken = true;
      ended.resolve();
      for (const settle of inFlight) settle(false);
      for (const resume of waiting.splice(0)) resume();
    },
  };
}

function asClientOptions({ qos, retain, properties }: PublishOptions): IClientPublishOptions {
  if (properties === undefined) return { qos, retain };
  const { correlationData, ...others } = properties;
  return {
    qos,
    retain,
    properties: { ...others, ...(correlationData !== undefined && { correlationData: Buffer.from(correlationData) }) },
  };
}
