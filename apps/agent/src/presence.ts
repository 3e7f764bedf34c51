import { type Clock, Seconds, withDeadline } from "@ohmwork/core";
import type { MqttConnection } from "@ohmwork/runtime";
import { encode, messages, type Birth, topicOf } from "@ohmwork/wire";
import { type Device, isLearning, sensorOf } from "./device.ts";
import { UNKNOWN } from "./sensor/decision.ts";

/** Says that a device is there, what it is, and that it leaves. */
export interface Presence {
  announce(now: Pick<Birth, "parameters" | "outbox">): Promise<void>;
  leave(): Promise<void>;
}

/** After this long without an answer to its goodbye an agent leaves without one: the will speaks for it. */
const goodbyeSeconds = Seconds(2);

/** What the broker is to say in the place of an agent whose link died. @throws RangeError when an id is not an id */
export function agentWill(
  device: Pick<Device, "fleet" | "id">,
  boot: string,
): { topic: string; payload: Uint8Array; qos: 0 | 1; retain: boolean } {
  const { qos, retain } = messages.status;
  const topic = topicOf({ kind: "status", fleet: device.fleet, device: device.id });
  return { topic, payload: encode("status", { state: "offline", boot }), qos, retain };
}

/** @throws RangeError when fleet or device is not an id */
export function createPresence(options: {
  readonly device: Device;
  readonly boot: string;
  readonly capabilities: readonly string[];
  readonly connection: MqttConnection;
  readonly clock: Clock;
}): Presence {
  const { device, boot, capabilities, connection, clock } = options;
  const { system, fleet, id } = device;
  const sensor = sensorOf(device);
  const status = topicOf({ kind: "status", fleet, device: id });
  const birth = topicOf({ kind: "birth", fleet, device: id });
  const what = {
    boot,
    versions: { node: process.versions.node },
    system: device.systemName,
    rule: isLearning(device) ? device.ruleName : "none",
    task: sensor?.task ?? device.task?.name ?? "none",
    ports: system.ports,
    stages: system.stages,
    largestBatch: system.traits.largestBatch,
    repeatable: system.traits.repeatable,
    capabilities,
    ...(device.groups !== undefined && { groups: device.groups }),
    ...(sensor !== undefined && { classes: [...sensor.classes, UNKNOWN] }),
  };
  const say = (state: "online" | "offline"): Promise<boolean> =>
    connection.publish(status, encode("status", { state, boot }), messages.status);

  return {
    announce: async (now) => {
      await say("online");
      await connection.publish(birth, encode("birth", { ...what, ...now }), messages.birth);
    },
    leave: async () => {
      await withDeadline(() => say("offline"), { clock, limit: goodbyeSeconds, what: "The goodbye" }).catch(() => undefined);
    },
  };
}
