import { randomUUID } from "node:crypto";
import { type Clock, Seconds, withDeadline } from "@ohmwork/core";
import { type MqttConnection, StoreFailedError, systemClock } from "@ohmwork/runtime";
import {
  encode,
  messages,
  type Progress,
  type Refused,
  type RefusalReason,
  type Status,
  topicFilterOf,
  topicOf,
} from "@ohmwork/wire";
import { createGapWatch } from "./gap-watch.ts";
import type { RunChange } from "./runs/run.ts";
import { batchSize, createIntake, type IntakeCounts } from "./intake.ts";
import type { RolloutEvent } from "./rollouts/rollout.ts";
import type { CommitResult, CommittedPrefix, Ingest, TrainerStore } from "./store/store.ts";

/** What a person may want to see while it happens; each is called once per message or commit. */
export type TrainerEvents = {
  readonly onProgress?: (device: string, progress: Progress) => void;
  readonly onStatus?: (device: string, status: Status) => void;
  /** After a commit, before its acknowledgement. */
  readonly onSamples?: (counts: { stored: number; duplicates: number }) => void;
  /** After each commit with what it took, from its start to its end. */
  readonly onCommit?: (commit: { readonly batch: Ingest; readonly result: CommitResult; readonly seconds: number }) => void;
  readonly onRefused?: (topic: string, refusal: Refused<RefusalReason>) => void;
  /** A device was asked to send again from a sample on. */
  readonly onReplay?: (device: string, boot: string, from: number) => void;
  /** A rollout that this trainer leads went on, stopped or came to its end. */
  readonly onRollout?: (rollout: string, event: RolloutEvent) => void;
  /** A run that this trainer works on went on, or was left. */
  readonly onRun?: (run: string, change: RunChange) => void;
  readonly onTrouble?: (message: string) => void;
};

export type TrainerOptions = TrainerEvents & {
  readonly id: string;
  readonly fleet: string;
  /** May be shared with other trainers of the fleet. */
  readonly store: TrainerStore;
  /** Its will should be `trainerWill`. Stays open when the trainer stops. */
  readonly connection: MqttConnection;
  /**
   * Group in which the trainers of a fleet share its samples: the same for all of them, and known to nobody who is not trusted,
   * because mosquitto 2.0 lets anybody join a group by its name and take a share away. @default "trainers"
   */
  readonly group?: string;
  /** @default systemClock */
  readonly clock?: Clock;
  /** How long samples are gathered for one commit. @default 0.05 */
  readonly batchSeconds?: Seconds;
  /** How long the link is held up for a store that is behind, before samples are left to be sent again. @default 2 */
  readonly holdSeconds?: Seconds;
};

/** Since the start of this trainer; `samples` and `duplicates` count commits, `refused` what could not be read. */
export type TrainerCounts = IntakeCounts & {
  readonly samples: number;
  readonly duplicates: number;
  readonly failedCommits: number;
  /** Requests to send again what is missing. */
  readonly replays: number;
};

/** Takes in what a fleet reports, keeps it, and says so to each device only after its own commit. */
export interface Trainer {
  start(): Promise<void>;
  /** Commits and acknowledges what is at hand, and says that it is gone. */
  stop(): Promise<void>;
  counts(): TrainerCounts;
  /** Why the last commit failed; undefined while commits succeed. */
  trouble(): string | undefined;
}

/** What several trainers divide among them. */
const shared = ["sample", "label", "progress"] as const;
/** What each of them hears: a shared subscription is not told what was retained before it. */
const heardByAll = ["status", "birth", "reported"] as const;
const lookSeconds = Seconds(0.5);
/** A device that has not heard a request for a replay by then will be asked again. */
const replayMilliseconds = 10_000;
/** After this long without an answer to its goodbye a trainer leaves without one: the will speaks for it. */
const goodbyeSeconds = Seconds(2);

/**
 * How a trainer is linked to a broker. It has no session: the broker would go on giving a share of the samples to one that
 * died. What it held is sent again by the devices.
 */
export const trainerLink: { readonly receiveMaximum: number; readonly sessionSeconds: Seconds } = {
  receiveMaximum: batchSize,
  sessionSeconds: Seconds(0),
};

/** What the broker is to say in the place of a trainer whose link died. @throws RangeError when fleet or id is not an id */
export function trainerWill(
  fleet: string,
  id: string,
  clock: Clock = systemClock,
): { topic: string; payload: Uint8Array; qos: 0 | 1; retain: boolean } {
  const { qos, retain } = messages["trainer-state"];
  const payload = encode("trainer-state", { online: false, since: Math.floor(clock.now()) });
  return { topic: topicOf({ kind: "trainer-state", fleet, trainer: id }), payload, qos, retain };
}

/** @throws RangeError when fleet or id is not an id */
export function createTrainer(options: TrainerOptions): Trainer {
  const { id, fleet, store, connection, clock = systemClock, group = "trainers" } = options;
  const { batchSeconds = Seconds(0.05), holdSeconds = Seconds(2), onTrouble = () => undefined } = options;
  const counts = { samples: 0, duplicates: 0, failedCommits: 0, replays: 0 };
  const stopping = new AbortController();
  const startedAt = Math.floor(clock.now());
  const { topic: stateTopic } = trainerWill(fleet, id, clock);
  let running = false;
  let commits: Promise<void> = Promise.resolve();
  let scheduled: AbortController | undefined;
  let queued = false;
  let trouble: string | undefined;
  /** Whether the link was held up in vain since the last commit: a broker that is held up for long gives up the link. */
  let impatient = false;
  let committed = Promise.withResolvers<void>();

  const waitForRoom = async (): Promise<boolean> => {
    if (impatient || trouble !== undefined) return false;
    const next = committed.promise;
    try {
      await withDeadline(() => next, { clock, limit: holdSeconds, what: "A commit" });
      return true;
    } catch {
      impatient = true;
      return false;
    }
  };
  const intake = createIntake({ ...options, monotonic: () => clock.monotonic(), waitForRoom });

  const requestReplay = (device: string, boot: string, from: number): void => {
    const address = { kind: "command", fleet, device, name: "replay" } as const;
    const expires = Math.floor(clock.now()) + replayMilliseconds;
    const command = encode("command", { request: randomUUID(), by: id, arguments: { boot, from }, expires });
    counts.replays += 1;
    options.onReplay?.(device, boot, from);
    void connection.publish(topicOf(address), command, messages.command);
  };
  const gapWatch = createGapWatch({ clock, gaps: () => store.gaps(fleet), request: requestReplay });

  const receive = (topic: string, payload: Uint8Array): Promise<void> | undefined => {
    if (!running) return undefined;
    const held = intake.receive(topic, payload);
    if (intake.samples >= batchSize) commitNow();
    else void commitSoon();
    return held?.then(() => void commitSoon());
  };

  const commitSoon = async (): Promise<void> => {
    if (scheduled !== undefined || intake.isEmpty) return;
    const mine = new AbortController();
    scheduled = mine;
    try {
      await clock.sleep(batchSeconds, mine.signal);
    } catch {
      return; // another reason to commit came first
    }
    commitNow();
  };

  /** One commit at a time; while one runs, at most one more waits for it. */
  const commitNow = (): void => {
    scheduled?.abort();
    scheduled = undefined;
    if (queued) return;
    queued = true;
    commits = commits.then(commitBatch);
  };

  const commitBatch = async (): Promise<void> => {
    queued = false;
    if (intake.isEmpty) return;
    const batch = intake.take(Math.floor(clock.now()));
    const began = clock.monotonic();
    try {
      const result = await store.commit(fleet, batch);
      if (trouble !== undefined) onTrouble("The store can be written again");
      trouble = undefined;
      options.onCommit?.({ batch, result, seconds: clock.monotonic() - began });
      acknowledge(batch, result);
    } catch (error) {
      if (!(error instanceof StoreFailedError)) throw error;
      counts.failedCommits += 1;
      if (trouble === undefined) onTrouble(`${error.message}: nothing is acknowledged, the devices keep their samples`);
      trouble = error.message;
      intake.giveBack(batch);
    }
    impatient = false;
    committed.resolve();
    committed = Promise.withResolvers<void>();
  };

  const acknowledge = (batch: Ingest, { prefixes, stored, duplicates }: CommitResult): void => {
    counts.samples += stored;
    counts.duplicates += duplicates;
    if (batch.samples.length > 0) options.onSamples?.({ stored, duplicates });
    gapWatch.note(prefixes);
    for (const [device, upTo] of byDevice(prefixes)) {
      // Not waited for: when it is lost, the device sends again what it was for, and gets another.
      void connection.publish(topicOf({ kind: "ack", fleet, device }), encode("ack", { upTo }), messages.ack);
    }
  };

  const announce = (online: boolean): Promise<boolean> =>
    connection.publish(stateTopic, encode("trainer-state", { online, since: startedAt }), messages["trainer-state"]);

  return {
    start: async () => {
      running = true;
      for (const kind of heardByAll) await connection.subscribe(topicFilterOf(fleet, kind), receive);
      for (const kind of shared) await connection.subscribe(topicFilterOf(fleet, kind), receive, { sharedBy: group });
      // Parts are not shared, or each trainer would get some of them; whole again, a sample counts once.
      await connection.subscribe(topicFilterOf(fleet, "sample", { parts: true }), receive);
      connection.onConnect(() => running && void announce(true));
      connection.onDisconnect(() => running && onTrouble("The broker is gone, trying to come back"));
      void gapWatch.run(lookSeconds, stopping.signal);
    },
    stop: async () => {
      if (!running) return;
      stopping.abort();
      commitNow();
      await commits;
      running = false;
      const goodbye = announce(false);
      await withDeadline(() => goodbye, { clock, limit: goodbyeSeconds, what: "The goodbye" }).catch(() => undefined);
    },
    counts: () => ({ ...counts, ...intake.counts() }),
    trouble: () => trouble,
  };
}

/** What is acknowledged to each device; a boot of which nothing is complete needs no acknowledgement. */
function byDevice(prefixes: readonly CommittedPrefix[]): Map<string, Record<string, number>> {
  const devices = new Map<string, Record<string, number>>();
  for (const { device, boot, upTo } of prefixes) {
    if (upTo === 0) continue;
    const known = devices.get(device) ?? {};
    known[boot] = upTo;
    devices.set(device, known);
  }
  return devices;
}
