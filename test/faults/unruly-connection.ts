import { setTimeout as sleep } from "node:timers/promises";
import type { Random } from "@ohmwork/core";
import type { MqttConnection } from "@ohmwork/runtime";

/** Sends some of what is published twice, and some of it late, so that it comes behind what was published after it. */
export function createUnrulyConnection(
  connection: MqttConnection,
  random: Random,
  chances: { readonly twice: number; readonly late: number; readonly mostLateSeconds: number },
): MqttConnection & { readonly counts: { published: number; twice: number; late: number } } {
  const counts = { published: 0, twice: 0, late: 0 };
  const publish: MqttConnection["publish"] = async (topic, payload, how) => {
    counts.published += 1;
    const isTwice = random.uniform() < chances.twice;
    const isLate = random.uniform() < chances.late;
    counts.twice += Number(isTwice);
    counts.late += Number(isLate);
    if (isTwice) void connection.publish(topic, payload, how);
    if (isLate) await sleep(1000 * chances.mostLateSeconds * random.uniform());
    return connection.publish(topic, payload, how);
  };
  return {
    counts,
    publish,
    get connected() {
      return connection.connected;
    },
    subscribe: (filter, handler, options) => connection.subscribe(filter, handler, options),
    onConnect: (handler) => connection.onConnect(handler),
    onDisconnect: (handler) => connection.onDisconnect(handler),
    whenConnected: (limit, signal) => connection.whenConnected(limit, signal),
    close: () => connection.close(),
    [Symbol.asyncDispose]: () => connection.close(),
  };
}
