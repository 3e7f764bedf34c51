import { join } from "node:path";
import { AbortedError, type Clock, Seconds } from "@ohmwork/core";
import type { SoundSource } from "@ohmwork/firmware-bridge";
import {
  BrokerUnreachableError,
  connectMqtt,
  createServiceManager,
  lockFolder,
  openFolder,
  readClockSynchronised,
  systemClock,
  type Credentials,
} from "@ohmwork/runtime";
import { clientIdOf, trustKeys } from "@ohmwork/wire";
import { type AgentEvents, createAgent, createBootId } from "./agent.ts";
import { type Device, isLearning, sensorOf } from "./device.ts";
import type { LearnResult } from "./learning.ts";
import type { OutboxState } from "./outbox.ts";
import { agentWill } from "./presence.ts";
import { type EvidenceLimits, type EvidenceStore, openEvidenceStore } from "./sensor/evidence-store.ts";
import type { SensorCounts } from "./sensor/sensor-counts.ts";
import { openSlotStore } from "./slots/slot-store.ts";
import { createSqliteOutbox } from "./sqlite-outbox.ts";

export type RunAgentOptions = AgentEvents & {
  /** What to run, already made from a config and a recipe. Disposed by whoever made it. */
  readonly device: Device;
  /** URL of the broker. */
  readonly broker: string;
  /** How the device proves to it who it is. @default what stands in the URL, if anything */
  readonly credentials?: Credentials;
  /** Folder, for this device alone, in which it keeps what must survive the process. @default nothing survives */
  readonly state?: string;
  /** Public keys [32 bytes each] of those who may send updates and leases. @default none */
  readonly updateKeys?: readonly Uint8Array[];
  /** Somebody says that nothing old will come: signed messages count again where all that was trusted is lost. @default false */
  readonly trustAgain?: boolean;
  /** What a sensor hears; disposed of when the agent stops. */
  readonly sound?: SoundSource;
  /** How much of the sounds behind its answers a sensor keeps in `state`; `none` keeps none and sends none. @default defaultEvidenceLimits */
  readonly evidence?: EvidenceLimits | "none";
  /** @default 1 */
  readonly progressSeconds?: Seconds;
  /**
   * Ends once learning is done, or the sound has ended, and what was measured is acknowledged (or cannot be). @default false: stays
   * until the signal, as a device does that neither learns in place nor hears
   */
  readonly exit?: boolean;
  /** Called once learning is done and everything is acknowledged, or an acknowledgement did not come in time. */
  readonly onLearned?: (result: LearnResult, outbox: OutboxState) => void | Promise<void>;
};

/** After this long without a broker the user is told that learning goes on without one. */
const connectSeconds = Seconds(5);
/** After this long the user is told what was learned, acknowledged or not. */
const deliverySeconds = Seconds(5);

/**
 * Runs one device against a broker until the signal fires, or with `exit` until it has learned. A broker that is not there
 * is no error: the device learns or hears all the same. `learned` is undefined when the signal came first, or nothing is learned in
 * place, and `heard` where nothing is heard.
 *
 * @throws StoreFailedError when another process uses the state folder, or a newer version wrote its ledger
 */
export async function runAgent(
  options: RunAgentOptions,
  signal: AbortSignal,
): Promise<{ learned?: LearnResult; heard?: SensorCounts; outbox: OutboxState }> {
  const { device, broker, state, exit = false, onLearned, onTrouble = () => undefined } = options;
  const boot = createBootId();
  // Before there is a link: a second agent would take it from the first.
  using _ = state === undefined ? undefined : lockFolder(state, onTrouble);
  await using connection = connectMqtt(broker, {
    clientId: clientIdOf({ fleet: device.fleet, device: device.id }),
    will: agentWill(device, boot),
    ...(options.credentials !== undefined && { credentials: options.credentials }),
    onTrouble,
  });
  using outbox = createSqliteOutbox({ file: state === undefined ? ":memory:" : join(state, "outbox.sqlite"), boot, onTrouble });
  const keys = await trustKeys(options.updateKeys ?? []);
  const watchingClock = new AbortController();
  const isClockSynchronised = watchClock(systemClock, watchingClock.signal);
  const slots = state === undefined ? undefined : openSlotStore(openFolder(state), onTrouble);
  if (options.trustAgain === true) slots?.trustAgain();
  const { evidence: kept, ...given } = options;
  const evidence =
    state === undefined || sensorOf(device) === undefined || kept === "none"
      ? undefined
      : openEvidence(state, kept, isClockSynchronised);
  await using sound = options.sound;
  const agent = createAgent({
    ...given,
    ...(evidence !== undefined && { evidence }),
    boot,
    connection,
    outbox,
    isClockSynchronised,
    ...(slots !== undefined && { updates: { slots, keys } }),
  });
  await agent.start();
  const service = createServiceManager({ onTrouble });
  await service.ready(isLearning(device) ? `Learning ${device.task.name}` : `Ready: ${device.systemName}`);
  const failed = new AbortController();
  const lookForBroker = connection
    .whenConnected(connectSeconds, AbortSignal.any([signal, failed.signal]))
    .catch((error: unknown) => {
      if (!(error instanceof BrokerUnreachableError)) return;
      const learns = `learning goes on, samples wait ${outbox.durable ? "on the disk" : "in memory"}`;
      const alone =
        sound === undefined ? "nobody can ask the device until one does" : "answers are heard by nobody until one does";
      onTrouble(`${error.message}: ${isLearning(device) ? learns : alone}`);
    });
  let learned: LearnResult | undefined;
  let heard: SensorCounts | undefined;
  try {
    if (isLearning(device)) {
      learned = await agent.learn(signal);
      void service.status(`Learned ${device.task.name}`);
      if (connection.connected) await agent.drained(deliverySeconds);
      await onLearned?.(learned, agent.outbox());
    }
    if (sound !== undefined) {
      heard = await agent.hear(sound, signal);
      if (connection.connected) await agent.drained(deliverySeconds);
    }
    if (!exit || (learned === undefined && heard === undefined)) await fired(signal);
  } catch (error) {
    if (!(error instanceof AbortedError && signal.aborted)) {
      failed.abort();
      throw error;
    }
  } finally {
    await lookForBroker; // learning may be quicker than the first handshake
    await service.stopping();
    await agent.stop();
    watchingClock.abort();
  }
  return { ...(learned !== undefined && { learned }), ...(heard !== undefined && { heard }), outbox: agent.outbox() };
}

function openEvidence(state: string, limits: EvidenceLimits | undefined, isClockSynchronised: () => boolean): EvidenceStore {
  const path = join(state, "evidence");
  return openEvidenceStore({ path, ...(limits !== undefined && { limits }), clock: systemClock, isClockSynchronised });
}

function fired(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

/** Asks now and every ten minutes; nobody is told of a change before that. */
function watchClock(clock: Clock, signal: AbortSignal): () => boolean {
  let isSynchronised = false;
  const watch = async (): Promise<void> => {
    for (;;) {
      isSynchronised = (await readClockSynchronised()) === true;
      await clock.sleep(Seconds(600), signal);
    }
  };
  void watch().catch(() => undefined); // the signal fired
  return () => isSynchronised;
}
