import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { type Clock, createBatch, createRandom, type Port, type Random } from "@ohmwork/core";
import { connectMqtt, type MqttConnection, openFolder } from "@ohmwork/runtime";
import { clientIdOf, type TrustedKeys } from "@ohmwork/wire";
import { type Agent, createAgent, createBootId } from "../agent.ts";
import type { DrivenDevice } from "../device.ts";
import { agentWill } from "../presence.ts";
import { openSlotStore } from "../slots/slot-store.ts";
import { createSqliteOutbox } from "../sqlite-outbox.ts";
import { createMemoryFolder } from "./memory-folder.ts";
import type { SwarmOptions } from "./swarm.ts";
import { timedOutbox } from "./timed-outbox.ts";

/** One device of a swarm. */
export type SwarmMember = {
  readonly agent: Agent;
  readonly connection: MqttConnection;
  /** Measures one row and keeps it for a trainer. */
  readonly measure: () => Promise<void>;
  /** Lets go of all that it has, once its agent stopped. */
  readonly end: () => Promise<void>;
};

/** Samples of one device that may wait. */
const mostWaiting = 10_000;

/** Starts the n-th device of a swarm, whether there is a broker or not. */
export async function startMember(
  n: number,
  { broker, fleet, system: systemOf, systemName, seed, state }: SwarmOptions,
  shared: {
    readonly clock: Clock;
    readonly keys: TrustedKeys;
    readonly counted: Parameters<typeof timedOutbox>[2];
    readonly random: Random;
    readonly onTrouble: (message: string) => void;
  },
): Promise<SwarmMember> {
  const { clock, keys, counted, random, onTrouble } = shared;
  const id = `swarm-${n + 1}`;
  const system = systemOf(n);
  const device: DrivenDevice = { fleet, id, system, systemName, groups: ["swarm"] };
  const boot = createBootId();
  const folder = state === undefined ? undefined : join(state, id);
  if (folder !== undefined) mkdirSync(folder, { recursive: true, mode: 0o700 });
  const file = folder === undefined ? ":memory:" : join(folder, "outbox.sqlite");
  const outbox = timedOutbox(
    createSqliteOutbox({ file, boot, mostSamples: mostWaiting, onTrouble }),
    () => clock.monotonic(),
    counted,
  );
  const slots = openSlotStore(folder === undefined ? createMemoryFolder(id) : openFolder(folder), onTrouble);
  const { uniform } = createRandom(seed, `link of ${id}`);
  const clientId = clientIdOf({ fleet, device: id });
  const connection = connectMqtt(broker, { clientId, will: agentWill(device, boot), random: uniform, onTrouble });
  const agent = createAgent({ device, boot, connection, clock, outbox, updates: { slots, keys }, onTrouble });
  await agent.start();
  return {
    agent,
    connection,
    measure: async () => {
      const inputs = drawn(system.ports.inputs, random);
      const { revision, stages } = await system.respond(createBatch(inputs, [1, inputs.length]));
      const measured = Object.fromEntries(Object.entries(stages).map(([name, { data }]) => [name, data]));
      const at = Math.floor(clock.now());
      agent.keep([{ at, clockSynchronised: false, task: "swarm", revision, inputs, measured }]);
    },
    end: async () => {
      await connection.close();
      outbox[Symbol.dispose]();
      await system[Symbol.asyncDispose]();
    },
  };
}

/** Numbers within the windows of ports, at most 1 from 0 where a window is wider. */
function drawn(ports: readonly Port[], { uniform }: Random): Float32Array {
  const values = ports.flatMap(({ size, min, max }) => {
    const [low, high] = [Math.max(min, Math.min(max, -1)), Math.min(max, Math.max(min, 1))];
    return Array.from({ length: size }, () => low + (high - low) * uniform());
  });
  return Float32Array.from(values);
}
