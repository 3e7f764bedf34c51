import type { Clock } from "@ohmwork/core";
import type { MqttConnection } from "@ohmwork/runtime";
import { createReassembler, encode, messages, type Reported, topicFilterOf, topicOf } from "@ohmwork/wire";

/** Brings what is desired of a device to `take`, whole, and what became of it back. */
export interface Desired {
  start(): Promise<void>;
  report(reported: Reported): void;
}

export function createDesired(
  device: { readonly fleet: string; readonly id: string },
  connection: MqttConnection,
  clock: Clock,
  take: (payload: Uint8Array) => void,
): Desired {
  const { fleet, id } = device;
  const reassembler = createReassembler();
  const topic = topicOf({ kind: "reported", fleet, device: id });
  let newest: Uint8Array | undefined;

  const publish = (): void => {
    if (newest !== undefined) void connection.publish(topic, newest, messages.reported);
  };
  const takePart = async (payload: Uint8Array): Promise<void> => {
    const whole = await reassembler.accept(id, payload, clock.monotonic() * 1000);
    if (whole.ok && whole.value !== undefined) take(whole.value);
  };
  return {
    start: async () => {
      await connection.subscribe(topicOf({ kind: "desired", fleet, device: id }), (_, payload) => take(payload));
      await connection.subscribe(
        topicFilterOf(fleet, "desired", { device: id, parts: true }),
        (_, payload) => void takePart(payload),
      );
      connection.onConnect(publish);
    },
    report: (reported) => {
      newest = encode("reported", reported);
      publish();
    },
  };
}
