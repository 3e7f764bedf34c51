import { randomBytes } from "node:crypto";
import { type Batch, type Clock, type LearnProgress, Seconds } from "@ohmwork/core";
import { measureRows } from "@ohmwork/learning";
import { type MqttConnection, systemClock } from "@ohmwork/runtime";
import { decode, encode, messages, type Progress, topicOf, type TrustedKeys } from "@ohmwork/wire";
import type { SoundSource } from "@ohmwork/firmware-bridge";
import { type CommandHandlers, done, subscribeCommands } from "./commands.ts";
import { createDelivery } from "./delivery.ts";
import { type Device, isLearning, restOf, sensorOf } from "./device.ts";
import { learnInPlace, type LearnResult } from "./learning.ts";
import type { MeasuredSample, Outbox, OutboxState } from "./outbox.ts";
import { createPresence } from "./presence.ts";
import type { EvidenceStore } from "./sensor/evidence-store.ts";
import type { SensorCounts } from "./sensor/sensor-counts.ts";
import { createSensor, type MeasuredSound, type Sensor, type SensorAnswer } from "./sensor/sensor.ts";
import { emptyLedger } from "./slots/ledger.ts";
import type { SlotStore } from "./slots/slot-store.ts";
import { createSqliteOutbox } from "./sqlite-outbox.ts";
import { createSteering, type Steering } from "./steering.ts";
import { createTrust } from "./trust.ts";
import { createTurns, type Turns } from "./turns.ts";

export type AgentEvents = {
  /** Every report of the system, as it comes; for a live display on this machine. */
  readonly onLearn?: (progress: LearnProgress) => void;
  /** What is published, at the pace it is published. */
  readonly onProgress?: (progress: Progress) => void;
  /** Every answer of a sensor. */
  readonly onAnswer?: (answer: SensorAnswer) => void;
  readonly onTrouble?: (message: string) => void;
};

export type AgentOptions = AgentEvents & {
  readonly device: Device;
  /** New for every start of the process: `createBootId()`. */
  readonly boot: string;
  /** Its will should be `agentWill`. Stays open when the agent stops. */
  readonly connection: MqttConnection;
  /** @default systemClock */
  readonly clock?: Clock;
  /** Time between two published reports. @default 1 */
  readonly progressSeconds?: Seconds;
  /** How long to wait for an acknowledgement before everything unacknowledged is sent again. @default 5 */
  readonly ackSeconds?: Seconds;
  /**
   * Where parameter sets are kept, and whose updates and leases count. @default nothing is kept, and nothing signed is taken
   */
  readonly updates?: { readonly slots: SlotStore; readonly keys: TrustedKeys };
  /** Whether the wall clock is to be believed. @default never */
  readonly isClockSynchronised?: () => boolean;
  /** Where a sensor keeps the sounds behind its answers. @default none is kept, and none is sent */
  readonly evidence?: EvidenceStore;
  /** Stays open when the agent stops. @default one that ends with the process */
  readonly outbox?: Outbox;
};

/** Runs one device: it learns where it stands, with or without a broker, and does what it is asked under leases. */
export interface Agent {
  readonly boot: string;
  /** Subscribes, then announces the device, now or whenever there is a broker. */
  start(): Promise<void>;
  /**
   * Learns the task once and puts every test row, as measured after that, into the outbox.
   *
   * @throws AbortedError when the signal fires
   * @throws TypeError when the device does not learn in place
   */
  learn(signal?: AbortSignal): Promise<LearnResult>;
  /**
   * Answers to the sounds of a source until it ends or the signal fires. Gives what became of them.
   *
   * @throws BadInputError when the recorder is not installed
   * @throws TypeError when the device is no sensor
   */
  hear(source: SoundSource, signal?: AbortSignal): Promise<SensorCounts>;
  /** Puts samples into the outbox, and sends them; gives how many were taken, from the first on. */
  keep(samples: readonly MeasuredSample[]): number;
  outbox(): OutboxState;
  /** Waits until everything is acknowledged; false when the limit came first. */
  drained(limit: Seconds): Promise<boolean>;
  /** Waits at most `limit` for outstanding acknowledgements (not at all without a broker), then says it is gone. @default 5 */
  stop(limit?: Seconds): Promise<void>;
}

/** A name for one start of an agent. */
export const createBootId = (): string => randomBytes(8).toString("hex");

/** @throws RangeError when fleet or device is not an id */
export function createAgent(options: AgentOptions): Agent {
  const { device, boot, connection, clock = systemClock } = options;
  const { progressSeconds = Seconds(1), ackSeconds = Seconds(5), onTrouble = () => undefined } = options;
  const { isClockSynchronised = () => false, updates } = options;
  const { outbox = createSqliteOutbox({ file: ":memory:", boot, mostSamples: 10_000, onTrouble }) } = options;
  const capabilities = [
    ...(isLearning(device) ? ["learn"] : []),
    ...((updates?.keys.size ?? 0) > 0 ? ["update", "respond"] : []),
    ...(sensorOf(device) === undefined ? [] : ["hear", ...(options.evidence === undefined ? [] : ["evidence", "learn-this"])]),
  ];
  const progressTopic = topicOf({ kind: "progress", fleet: device.fleet, device: device.id });
  const presence = createPresence({ device, boot, capabilities, connection, clock });
  const delivery = createDelivery(outbox, connection, device, clock);
  const trust = createTrust({ ledger: () => updates?.slots.ledger() ?? emptyLedger, clock, isClockSynchronised });
  const wait = outbox.durable ? "wait on the disk" : "wait in memory";
  const stopping = new AbortController();
  /** Learning, updates and leases never have the system at the same time. */
  const inTurn = createTurns();
  let steering: Steering | undefined;
  let revision = 0;
  /** Of the samples of this boot: nothing else numbers them. */
  let lastSeq = 0;
  let acknowledged = false;
  let unsent: Uint8Array | undefined;

  const onAck = (_: string, payload: Uint8Array): void => {
    const ack = decode("ack", payload);
    if (!ack.ok) return onTrouble(`An acknowledgement was not understood: ${ack.detail}`);
    if (delivery.acknowledge(ack.value.upTo)) acknowledged = true;
  };

  const announce = (): Promise<void> => {
    const { trusted = 0, current } = steering?.reported() ?? {};
    return presence.announce({
      parameters: {
        revision,
        ...(trusted > 0 && { version: trusted }),
        ...(current !== undefined && { sha256: current.sha256 }),
      },
      outbox: outbox.state(),
    });
  };

  /** The birth comes first: it says what was let go of, so that a trainer with a new store does not wait for that. */
  const deliver = async (): Promise<void> => {
    await announce();
    delivery.pump();
  };

  /** The last report is kept when it could not be sent: learning may end before there is a broker. */
  const publishProgress = async (report: Uint8Array): Promise<void> => {
    unsent = undefined;
    if (!(await connection.publish(progressTopic, report, messages.progress))) unsent = report;
  };

  /** Sends again what no acknowledgement came for in time. */
  const watch = async (): Promise<void> => {
    let silent = false;
    for (;;) {
      acknowledged = false;
      try {
        await clock.sleep(ackSeconds, stopping.signal);
      } catch {
        return; // stopped
      }
      const { depth } = outbox.state();
      const stuck = depth > 0 && !acknowledged && connection.connected;
      if (stuck && !silent) onTrouble(`No trainer acknowledges: ${depth} samples ${wait} and are sent again`);
      silent = stuck;
      if (!stuck) continue;
      delivery.rewind();
      await deliver();
    }
  };

  const readRevision = async (): Promise<void> => {
    if (isLearning(device)) ({ revision } = await inTurn(() => device.system.parameters()));
  };

  const keep = (samples: readonly MeasuredSample[]): number => {
    const taken = outbox.add(samples);
    lastSeq += taken;
    delivery.pump();
    return taken;
  };

  const createOwnSensor = (): Sensor | undefined => {
    const sensor = sensorOf(device);
    if (sensor === undefined) return undefined;
    const measure = async (row: Batch): Promise<MeasuredSound | undefined> => {
      const respond = (): Promise<MeasuredSound> => measureRows(device.system, row);
      return steering === undefined ? inTurn(respond) : (await steering.unlessLeased(respond))?.value;
    };
    const standing = (): { version?: number; parameters?: string } => {
      const { trusted = 0, current } = steering?.reported() ?? {};
      return { ...(trusted > 0 && { version: trusted }), ...(current !== undefined && { parameters: current.sha256 }) };
    };
    const { evidence, onAnswer } = options;
    const given = { ...(evidence !== undefined && { evidence }), ...(onAnswer !== undefined && { onAnswer }) };
    const own = { device, sensor, boot, connection, clock, isClockSynchronised, onTrouble };
    return createSensor({ ...own, ...given, measure, standing, nextSeq: () => lastSeq + 1, keep });
  };
  const sensor = createOwnSensor();

  return {
    boot,
    keep,
    hear: async (source, signal) => {
      if (sensor === undefined) throw new TypeError(`Device ${device.id} hears nothing`);
      return sensor.hear(source, signal);
    },
    start: async () => {
      if (updates !== undefined) {
        const onUpdated = async (): Promise<void> => {
          await readRevision();
          await announce();
        };
        const common = { device, boot, trust, capabilities, connection, clock, inTurn, onTrouble };
        steering = await createSteering({ ...common, ...updates, onUpdated });
        await steering.restore();
      } else {
        const rest = restOf(device);
        if (rest !== undefined) await inTurn(() => device.system.program(rest));
      }
      await readRevision();
      await connection.subscribe(topicOf({ kind: "ack", fleet: device.fleet, device: device.id }), onAck);
      await steering?.start();
      const handlers: CommandHandlers = {
        ...sensor?.commands,
        replay: async ({ boot: of, from }) => done({ sent: delivery.replay(of, from) }),
        release: async ({ run }) => done({ released: (await steering?.release(run)) ?? false }),
      };
      await subscribeCommands({ connection, device, boot, trust, handlers, onTrouble });
      connection.onConnect(() => {
        void deliver();
        if (unsent !== undefined) void publishProgress(unsent);
        sensor?.linked();
      });
      connection.onDisconnect(() => {
        delivery.rewind();
        const going = isLearning(device) ? "learning goes on, " : "";
        if (!stopping.signal.aborted) onTrouble(`The broker is gone: ${going}${outbox.state().depth} samples ${wait}`);
      });
      void watch();
    },
    learn: async (signal) => {
      if (!isLearning(device)) throw new TypeError(`Device ${device.id} does not learn in place`);
      const freely: Turns = (work) => steering?.freely(work, signal) ?? inTurn(work);
      const result = await learnInPlace({
        device,
        boot,
        clock,
        progressSeconds,
        isClockSynchronised,
        inTurn: freely,
        onLearn: (progress) => {
          ({ revision } = progress);
          options.onLearn?.(progress);
        },
        onReport: (progress) => {
          void publishProgress(encode("progress", progress));
          options.onProgress?.(progress);
        },
        onSamples: keep,
        onLearned: async () => steering?.keepLearned(signal),
        ...(signal !== undefined && { signal }),
      });
      void announce(); // a broker may take its time to answer
      return result;
    },
    outbox: () => outbox.state(),
    drained: (limit) => delivery.drained(limit),
    stop: async (limit = Seconds(5)) => {
      if (stopping.signal.aborted) return;
      if (connection.connected) await delivery.drained(limit);
      stopping.abort();
      await steering?.stop().catch((error: unknown) => onTrouble((error as Error).message));
      const { depth } = outbox.state();
      if (depth > 0 && !outbox.durable)
        onTrouble(`${depth} samples were never acknowledged and are lost: the outbox is in memory`);
      else if (depth > 0) onTrouble(`${depth} samples are not acknowledged: they are kept for the next start`);
      await presence.leave();
    },
  };
}
