import type { Clock } from "@ohmwork/core";
import type { MqttConnection } from "@ohmwork/runtime";
import { encode, messages, type Reported, topicOf } from "@ohmwork/wire";
import { subscribeWhole } from "./whole-messages.ts";

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
  const topic = topicOf({ kind: "reported", fleet: device.fleet, device: device.id });
  let newest: Uint8Array | undefined;

  const publish = (): void => {
    if (newest !== undefined) void connection.publish(topic, newest, messages.reported);
  };
  return {
    start: async () => {
      await subscribeWhole(connection, "desired", device, clock, take);
      connection.onConnect(publish);
    },
    report: (reported) => {
      newest = encode("reported", reported);
      publish();
    },
  };
}
