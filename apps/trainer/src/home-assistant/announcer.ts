import { type Clock, Seconds } from "@ohmwork/core";
import type { MqttConnection } from "@ohmwork/runtime";
import type { Discovery } from "./discovery.ts";

/** Home Assistant that starts is told of everything, but not of all at once. */
const longestJitter = 10;

export type AnnouncerOptions = {
  readonly connection: MqttConnection;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** @default "homeassistant" */
  readonly prefix?: string;
};

/** Tells Home Assistant of devices: what is new at once, what it knows already not again, and everything when it starts. */
export interface Announcer {
  start(): Promise<void>;
  announce(discovery: Discovery): Promise<void>;
  stop(): void;
}

export function createAnnouncer({ connection, clock, random, prefix = "homeassistant" }: AnnouncerOptions): Announcer {
  /** Last words of each topic. */
  const told = new Map<string, string>();
  const stopping = new AbortController();
  const utf8 = new TextEncoder();

  const publish = (topic: string, text: string): Promise<boolean> =>
    connection.publish(topic, utf8.encode(text), { qos: 1, retain: true });

  const tellAgain = async (topic: string): Promise<void> => {
    try {
      await clock.sleep(Seconds(random() * longestJitter), stopping.signal);
    } catch {
      return; // stopped
    }
    const text = told.get(topic);
    if (text !== undefined) await publish(topic, text);
  };

  return {
    start: () =>
      connection.subscribe(`${prefix}/status`, (_, payload) => {
        if (new TextDecoder().decode(payload) !== "online") return;
        for (const topic of told.keys()) void tellAgain(topic);
      }),
    announce: async ({ topic, config }) => {
      const text = JSON.stringify(config);
      if (told.get(topic) === text) return;
      told.set(topic, text);
      if (!(await publish(topic, text)) && told.get(topic) === text) told.delete(topic); // said with the next birth
    },
    stop: () => stopping.abort(),
  };
}
