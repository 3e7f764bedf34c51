import { type Clock, Seconds, withDeadline } from "@ohmwork/core";
import { type MqttConnection, StoreFailedError, systemClock } from "@ohmwork/runtime";
import {
  type Birth,
  decode,
  encode,
  messages,
  parseTopic,
  type Progress,
  type RefusalReason,
  type Status,
  topicFilterOf,
  topicOf,
} from "@ohmwork/wire";
import type { CommitResult, Ingest, TrainerStore } from "./store/store.ts";

/** What a person may want to see while it happens; each is called once per message or commit. */
export type TrainerEvents = {
  readonly onProgress?: (device: string, progress: Progress) => void;
  readonly onStatus?: (device: string, status: Status) => void;
  /** After a commit, before its acknowledgement. */
  readonly onSamples?: (counts: { stored: number; duplicates: number }) => void;
  readonly onTrouble?: (message: string) => void;
};

export type TrainerOptions = TrainerEvents & {
  readonly id: string;
  readonly fleet: string;
  readonly store: TrainerStore;
  /** Its will should be `trainerWill`. Stays open when the trainer stops. */
  readonly connection: MqttConnection;
  /** @default systemClock */
  readonly clock?: Clock;
  /** How long samples are gathered for one commit. @default 0.05 */
  readonly batchSeconds?: Seconds;
};

/** Since the start of this trainer; `samples` and `duplicates` count commits, `refused` what could not be read. */
export type TrainerCounts = {
  readonly samples: number;
  readonly duplicates: number;
  readonly progress: number;
  readonly failedCommits: number;
  /** Came while the store was behind, and were left to be sent again. */
  readonly deferred: number;
  readonly refused: Readonly<Partial<Record<RefusalReason, number>>>;
};

/** Takes in what a fleet reports, keeps it, and says so to each device only after its own commit. */
export interface Trainer {
  start(): Promise<void>;
  /** Commits and acknowledges what is at hand, and says that it is gone. */
  stop(): Promise<void>;
  counts(): TrainerCounts;
}

/** Samples that one transaction takes, and that may wait while another runs. */
const batchSize = 256;
const mostWaiting = 4 * batchSize;
/** After this long without an answer to its goodbye a trainer leaves without one: the will speaks for it. */
const goodbyeSeconds = Seconds(2);

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
  const { id, fleet, store, connection, clock = systemClock, batchSeconds = Seconds(0.05) } = options;
  const { onTrouble = () => undefined } = options;
  const counts = { samples: 0, duplicates: 0, progress: 0, failedCommits: 0, deferred: 0 };
  const refused: Partial<Record<RefusalReason, number>> = {};
  const births = new Map<string, Birth>();
  const statuses = new Map<string, Status>();
  let progress: Ingest["progress"][number][] = [];
  let samples: Ingest["samples"][number][] = [];
  let running = false;
  let commits: Promise<void> = Promise.resolve();
  let scheduled: AbortController | undefined;
  let failing = false;
  let queued = false;
  const startedAt = Math.floor(clock.now());
  const { topic: stateTopic } = trainerWill(fleet, id, clock);

  const refuse = (reason: RefusalReason): void => void (refused[reason] = (refused[reason] ?? 0) + 1);

  const receive = (topic: string, payload: Uint8Array): void => {
    if (!running) return;
    const address = parseTopic(topic);
    if (!address.ok) return refuse(address.reason);
    if (address.value.kind === "trainer-state") return;
    const { kind, device } = address.value;
    switch (kind) {
      case "status": {
        const status = decode(kind, payload);
        if (!status.ok) return refuse(status.reason);
        statuses.set(device, laterStatus(statuses.get(device) ?? status.value, status.value));
        options.onStatus?.(device, status.value);
        break;
      }
      case "birth": {
        const birth = decode(kind, payload);
        if (!birth.ok) return refuse(birth.reason);
        births.set(device, birth.value);
        break;
      }
      case "progress": {
        const reported = decode(kind, payload);
        if (!reported.ok) return refuse(reported.reason);
        counts.progress += 1;
        if (progress.length < mostWaiting) progress.push({ device, progress: reported.value });
        options.onProgress?.(device, reported.value);
        break;
      }
      case "sample": {
        const sample = decode(kind, payload);
        if (!sample.ok) return refuse(sample.reason);
        if (samples.length >= mostWaiting) return void (counts.deferred += 1);
        samples.push({ device, sample: sample.value, payload });
        break;
      }
      default:
        return; // nothing else was asked for
    }
    if (samples.length >= batchSize) commitNow();
    else void commitSoon();
  };

  const commitSoon = async (): Promise<void> => {
    if (scheduled !== undefined) return;
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
    if (births.size + statuses.size + progress.length + samples.length === 0) return;
    const receivedAt = Math.floor(clock.now());
    const batch: Ingest = { receivedAt, births: new Map(births), statuses: new Map(statuses), progress, samples };
    births.clear();
    statuses.clear();
    progress = [];
    samples = [];
    try {
      acknowledge(batch, await store.commit(fleet, batch));
    } catch (error) {
      if (!(error instanceof StoreFailedError)) throw error;
      counts.failedCommits += 1;
      if (!failing) onTrouble(`${error.message}: nothing is acknowledged, the devices keep their samples`);
      failing = true;
      // Samples come again by themselves; these are said once.
      for (const [device, birth] of batch.births) if (!births.has(device)) births.set(device, birth);
      for (const [device, status] of batch.statuses) statuses.set(device, laterStatus(status, statuses.get(device) ?? status));
    }
  };

  const acknowledge = (batch: Ingest, { prefixes, stored, duplicates }: CommitResult): void => {
    if (failing) onTrouble("The store can be written again");
    failing = false;
    counts.samples += stored;
    counts.duplicates += duplicates;
    if (batch.samples.length > 0) options.onSamples?.({ stored, duplicates });
    for (const { device, boot, upTo } of prefixes) {
      // Not waited for: when it is lost, the device sends again what it was for, and gets another.
      void connection.publish(topicOf({ kind: "ack", fleet, device }), encode("ack", { upTo: { [boot]: upTo } }), messages.ack);
    }
  };

  const announce = (online: boolean): Promise<boolean> =>
    connection.publish(stateTopic, encode("trainer-state", { online, since: startedAt }), messages["trainer-state"]);

  return {
    start: async () => {
      running = true;
      for (const kind of ["status", "birth", "progress", "sample"] as const) {
        await connection.subscribe(topicFilterOf(fleet, kind), receive);
      }
      connection.onConnect(() => running && void announce(true));
      connection.onDisconnect(() => running && onTrouble("The broker is gone, trying to come back"));
    },
    stop: async () => {
      if (!running) return;
      commitNow();
      await commits;
      running = false;
      const goodbye = announce(false);
      await withDeadline(() => goodbye, { clock, limit: goodbyeSeconds, what: "The goodbye" }).catch(() => undefined);
    },
    counts: () => ({ ...counts, refused: { ...refused } }),
  };
}

/** What two statuses say together: the newer one, unless it is the late death of another boot. */
function laterStatus(older: Status, newer: Status): Status {
  return newer.state === "offline" && newer.boot !== older.boot ? older : newer;
}
