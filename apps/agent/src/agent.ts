import { randomBytes } from "node:crypto";
import { setImmediate as breathe } from "node:timers/promises";
import { type Batch, type Clock, type LearnProgress, rowOf, rowsOf, Seconds, withDeadline } from "@ohmwork/core";
import { measureRows, teach } from "@ohmwork/learning";
import { type MqttConnection, systemClock } from "@ohmwork/runtime";
import { decode, encode, messages, type Progress, type Reported, topicOf } from "@ohmwork/wire";
import { createDelivery } from "./delivery.ts";
import type { Device } from "./device.ts";
import { createDesired } from "./desired.ts";
import type { MeasuredSample, Outbox, OutboxState } from "./outbox.ts";
import { createSqliteOutbox } from "./sqlite-outbox.ts";
import { createTurns, eachInTurn } from "./turns.ts";
import { createUpdates, type Updates, type UpdatesOptions } from "./updates.ts";

export type AgentEvents = {
  /** Every report of the system, as it comes; for a live display on this machine. */
  readonly onLearn?: (progress: LearnProgress) => void;
  /** What is published, at the pace it is published. */
  readonly onProgress?: (progress: Progress) => void;
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
  /** Where parameter sets are kept, and whose updates count. @default nothing is kept and no update is taken */
  readonly updates?: Pick<UpdatesOptions, "slots" | "keys">;
  /** Whether the wall clock is to be believed. @default never */
  readonly isClockSynchronised?: () => boolean;
  /** Stays open when the agent stops. @default one that ends with the process */
  readonly outbox?: Outbox;
};

export type LearnResult = {
  readonly boot: string;
  /** Presentations it took. */
  readonly steps: number;
  readonly error: number;
  /** The task's score on its test rows, measured after learning. */
  readonly score: number;
  /** Mean over the test rows, where the system measures its power. */
  readonly powerWatts?: number;
};

/** Runs one device: it learns where it stands, with or without a broker, and reports while it does. */
export interface Agent {
  readonly boot: string;
  /** Subscribes, then announces the device, now or whenever there is a broker. */
  start(): Promise<void>;
  /**
   * Learns the task once and puts every test row, as measured after that, into the outbox.
   *
   * @throws AbortedError when the signal fires
   */
  learn(signal?: AbortSignal): Promise<LearnResult>;
  outbox(): OutboxState;
  /** Waits until everything is acknowledged; false when the limit came first. */
  drained(limit: Seconds): Promise<boolean>;
  /** Waits at most `limit` for outstanding acknowledgements (not at all without a broker), then says it is gone. @default 5 */
  stop(limit?: Seconds): Promise<void>;
}

/** After this long without an answer to its goodbye an agent leaves without one: the will speaks for it. */
const goodbyeSeconds = Seconds(2);

/** A name for one start of an agent. */
export const createBootId = (): string => randomBytes(8).toString("hex");

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
export function createAgent(options: AgentOptions): Agent {
  const { device, boot, connection, clock = systemClock } = options;
  const { progressSeconds = Seconds(1), ackSeconds = Seconds(5), onTrouble = () => undefined } = options;
  const { system, task, fleet, steps } = device;
  const topics = {
    status: topicOf({ kind: "status", fleet, device: device.id }),
    birth: topicOf({ kind: "birth", fleet, device: device.id }),
    progress: topicOf({ kind: "progress", fleet, device: device.id }),
    sample: topicOf({ kind: "sample", fleet, device: device.id }),
    ack: topicOf({ kind: "ack", fleet, device: device.id }),
  };
  const { outbox = createSqliteOutbox({ file: ":memory:", boot, mostSamples: 10_000, onTrouble }) } = options;
  const wait = outbox.durable ? "wait on the disk" : "wait in memory";
  const delivery = createDelivery(outbox, connection, topics.sample, clock);
  const stopping = new AbortController();
  const testRows = rowsOf(task.test.inputs).count;
  let revision = 0;
  let sampledRow = 0;
  let acknowledged = false;
  let unsent: Uint8Array | undefined;
  /** Learning and updates never have the system at the same time. */
  const inTurn = createTurns();
  let updates: Updates | undefined;
  const { isClockSynchronised = () => false } = options;
  const capabilities = (options.updates?.keys.size ?? 0) > 0 ? ["learn", "update"] : ["learn"];
  const desired = createDesired(device, connection, clock, (payload) => void take(payload));

  const onAck = (_: string, payload: Uint8Array): void => {
    const ack = decode("ack", payload);
    if (!ack.ok) return onTrouble(`An acknowledgement was not understood: ${ack.detail}`);
    if (delivery.acknowledge(ack.value.upTo)) acknowledged = true;
  };

  const take = async (payload: Uint8Array): Promise<void> => {
    try {
      await inTurn(async () => updates?.take(payload, stopping.signal));
      ({ revision } = await inTurn(() => system.parameters()));
      await announce();
    } catch (error) {
      onTrouble(`An update could not be taken to its end: ${(error as Error).message}`);
    }
  };

  const announce = async (): Promise<void> => {
    const { trusted = 0, current } = updates?.reported() ?? {};
    await connection.publish(topics.status, encode("status", { state: "online", boot }), messages.status);
    const birth = encode("birth", {
      boot,
      versions: { node: process.versions.node },
      system: device.systemName,
      rule: device.ruleName,
      task: task.name,
      ports: system.ports,
      stages: system.stages,
      largestBatch: system.traits.largestBatch,
      repeatable: system.traits.repeatable,
      parameters: {
        revision,
        ...(trusted > 0 && { version: trusted }),
        ...(current !== undefined && { sha256: current.sha256 }),
      },
      outbox: outbox.state(),
      capabilities,
      ...(device.groups !== undefined && { groups: device.groups }),
    });
    await connection.publish(topics.birth, birth, messages.birth);
  };

  /** The birth comes first: it says what was let go of, so that a trainer with a new store does not wait for that. */
  const deliver = async (): Promise<void> => {
    await announce();
    delivery.pump();
  };

  /** The last report is kept when it could not be sent: learning may end before there is a broker. */
  const publishProgress = async (report: Uint8Array): Promise<void> => {
    unsent = undefined;
    if (!(await connection.publish(topics.progress, report, messages.progress))) unsent = report;
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

  /** One test row as it was measured. */
  const sampleOf = (stages: Readonly<Record<string, Batch>>, measuredAt: number, row: number): MeasuredSample => ({
    at: Math.floor(clock.now()),
    clockSynchronised: isClockSynchronised(),
    task: task.name,
    revision: measuredAt,
    inputs: rowOf(task.test.inputs, row),
    measured: Object.fromEntries(Object.entries(stages).map(([name, batch]) => [name, rowOf(batch, row)])),
    label: rowOf(task.test.labels, row),
  });

  /** Measures the test rows and publishes how far learning came. */
  const report = async (
    progress: LearnProgress,
    signal: AbortSignal | undefined,
  ): Promise<{ reported: Progress & { score: number }; stages: Record<string, Batch> }> => {
    const measured = await inTurn(() => measureRows(system, task.test.inputs, signal));
    const { stages, outputs, powerWatts, revision: measuredAt } = measured;
    revision = measuredAt;
    const reported = {
      boot,
      task: task.name,
      step: progress.step,
      steps,
      error: progress.error,
      score: task.score(outputs, task.test),
      ...(Number.isFinite(powerWatts) && { powerWatts }),
    };
    void publishProgress(encode("progress", reported));
    options.onProgress?.(reported);
    return { reported, stages };
  };

  return {
    boot,
    start: async () => {
      if (options.updates !== undefined) {
        const onReported = (reported: Reported): void => desired.report(reported);
        updates = await createUpdates({
          ...options.updates,
          device,
          boot,
          clock,
          capabilities,
          isClockSynchronised,
          onReported,
          onTrouble,
        });
        await updates.restore();
        onReported(updates.reported());
      }
      ({ revision } = await system.parameters());
      await connection.subscribe(topics.ack, onAck);
      if (updates !== undefined) await desired.start();
      connection.onConnect(() => {
        void deliver();
        if (unsent !== undefined) void publishProgress(unsent);
      });
      connection.onDisconnect(() => {
        delivery.rewind();
        if (!stopping.signal.aborted) onTrouble(`The broker is gone: learning goes on, ${outbox.state().depth} samples ${wait}`);
      });
      void watch();
    },
    learn: async (signal) => {
      let next = clock.monotonic() + progressSeconds;
      let last: LearnProgress | undefined;
      const { seed, reportEvery, goodEnough } = device;
      const stoppable = signal === undefined ? {} : { signal };
      const teaching = teach(system, task.train, {
        steps,
        seed,
        ...(reportEvery !== undefined && { reportEvery }),
        ...stoppable,
      });
      for await (const progress of eachInTurn(teaching, inTurn)) {
        last = progress;
        revision = progress.revision;
        options.onLearn?.(progress);
        if (clock.monotonic() >= next && progress.step < steps) {
          const { stages } = await report(progress, signal);
          outbox.add([sampleOf(stages, revision, sampledRow)]);
          sampledRow = (sampledRow + 1) % testRows;
          delivery.pump();
          next = clock.monotonic() + progressSeconds;
        }
        await breathe(); // a system that computes gives way to the link
        if (goodEnough === undefined) continue;
        const { outputs } = await inTurn(() => measureRows(system, task.train.inputs, signal));
        if (task.score(outputs, task.train) < goodEnough) break;
      }
      await inTurn(async () => updates?.keepLearned());
      if (updates !== undefined) desired.report(updates.reported());
      if (last === undefined) throw new RangeError(`A device learns for at least one step: ${steps} given`);
      const { reported, stages } = await report(last, signal);
      outbox.add(Array.from({ length: testRows }, (_, row) => sampleOf(stages, revision, row)));
      delivery.pump();
      void announce(); // a broker may take its time to answer
      const { score, powerWatts, error } = reported;
      return { boot, steps: last.step, error, score, ...(powerWatts !== undefined && { powerWatts }) };
    },
    outbox: () => outbox.state(),
    drained: (limit) => delivery.drained(limit),
    stop: async (limit = Seconds(5)) => {
      if (stopping.signal.aborted) return;
      if (connection.connected) await delivery.drained(limit);
      stopping.abort();
      await inTurn(async () => updates?.keepLearned()).catch((error: unknown) => onTrouble((error as Error).message));
      const { depth } = outbox.state();
      if (depth > 0 && !outbox.durable)
        onTrouble(`${depth} samples were never acknowledged and are lost: the outbox is in memory`);
      else if (depth > 0) onTrouble(`${depth} samples are not acknowledged: they are kept for the next start`);
      const goodbye = connection.publish(topics.status, encode("status", { state: "offline", boot }), messages.status);
      await withDeadline(() => goodbye, { clock, limit: goodbyeSeconds, what: "The goodbye" }).catch(() => undefined);
    },
  };
}
