import { Seconds } from "@ohmwork/core";
import { connectMqtt, type MqttConnection } from "@ohmwork/runtime";
import { encode, messages, topicOf } from "@ohmwork/wire";
import { offer } from "./program.ts";

// Links that publish samples of the fleet "bench" as fast as the broker takes them: what a sample is, without the devices.

/** Of one link that the broker has not acknowledged. */
const inFlight = 64;
const numbers = 72;

let links: readonly MqttConnection[] = [];

async function publishOn(link: MqttConnection, n: number, boot: string, samples: number): Promise<void> {
  const device = `link-${n}`;
  const topic = topicOf({ kind: "sample", fleet: "bench", device });
  let seq = 0;
  const measured = { out: Float32Array.from({ length: numbers / 2 }, (_, i) => i / numbers) };
  const inputs = measured.out;
  const at = Date.now();
  const one = async (): Promise<void> => {
    while (seq < samples) {
      seq += 1;
      const sample = {
        boot,
        seq,
        id: `${boot}-${seq}`,
        at,
        clockSynchronised: false,
        task: "bench",
        revision: 0,
        inputs,
        measured,
      };
      await link.publish(topic, encode("sample", sample), messages.sample);
    }
  };
  await Promise.all(Array.from({ length: inFlight }, one));
}

export type PublisherProgram = {
  readonly start: (given: { readonly broker: string; readonly count: number }) => Promise<void>;
  /** Publishes so many samples on each link; gives when the first and the last went [ms since 1970]. */
  readonly publish: (given: { readonly boot: string; readonly samples: number }) => Promise<{ from: number; to: number }>;
};

offer({
  start: async ({ broker, count }) => {
    links = Array.from({ length: count }, (_, n) => connectMqtt(broker, { clientId: `link-${n}` }));
    await Promise.all(links.map((link) => link.whenConnected(Seconds(30))));
  },
  publish: async ({ boot, samples }) => {
    const from = Date.now();
    await Promise.all(links.map((link, n) => publishOn(link, n, boot, samples)));
    return { from, to: Date.now() };
  },
} satisfies PublisherProgram);
