import type { Clock } from "@ohmwork/core";
import type { MqttConnection } from "@ohmwork/runtime";
import { createReassembler, messages, payloadLimitBytes, splitMessage, topicFilterOf, topicOf } from "@ohmwork/wire";
import { createTurns } from "./turns.ts";

type Who = { readonly fleet: string; readonly id: string };

/** Hears messages of one kind to a device, whole and in the order in which they were complete, whether they came in parts or not. */
export async function subscribeWhole(
  connection: MqttConnection,
  kind: "desired" | "respond",
  { fleet, id }: Who,
  clock: Clock,
  take: (payload: Uint8Array) => void,
): Promise<void> {
  const reassembler = createReassembler();
  const inOrder = createTurns();
  const takePart = async (payload: Uint8Array): Promise<void> => {
    const whole = await reassembler.accept(id, payload, clock.monotonic() * 1000);
    if (whole.ok && whole.value !== undefined) take(whole.value);
  };
  await connection.subscribe(topicOf({ kind, fleet, device: id }), (_, payload) => void inOrder(async () => take(payload)));
  await connection.subscribe(
    topicFilterOf(fleet, kind, { device: id, parts: true }),
    (_, payload) => void inOrder(() => takePart(payload)),
  );
}

/** Publishes a message of a device, in parts where it is too long for one; `name` tells those of one message from others. */
export async function publishWhole(
  connection: MqttConnection,
  kind: "sample" | "responded" | "evidence",
  { fleet, id }: Who,
  payload: Uint8Array,
  name: string,
): Promise<void> {
  const address = { kind, fleet, device: id };
  if (payload.length <= payloadLimitBytes) {
    await connection.publish(topicOf(address), payload, messages[kind]);
    return;
  }
  const parts = await splitMessage(payload, name);
  await Promise.all(parts.map((bytes, part) => connection.publish(topicOf({ ...address, part }), bytes, messages[kind])));
}
