import {
  type Birth,
  createReassembler,
  decode,
  type Label,
  longestMessageBytes,
  parseTopic,
  type Progress,
  type Refused,
  type RefusalReason,
  type Reported,
  type Result,
  type Sample,
  type Status,
} from "@ohmwork/wire";
import type { Ingest } from "./store/store.ts";

/** Samples that one transaction takes, and that may wait while another runs. */
export const batchSize = 256;
const mostWaiting = 4 * batchSize;

export type IntakeEvents = {
  readonly onProgress?: (device: string, progress: Progress) => void;
  readonly onStatus?: (device: string, status: Status) => void;
  readonly onRefused?: (topic: string, refusal: Refused<RefusalReason>) => void;
};

/** What came in and is not committed yet: bounded, whatever comes. */
export interface Intake {
  /**
   * Takes one message. Gives a promise when there is no room for its sample: it is settled when the sample is taken, or is left
   * to be sent again, because there was no room within the time that `waitForRoom` allowed.
   */
  receive(topic: string, payload: Uint8Array): Promise<void> | undefined;
  /** Samples at hand. */
  readonly samples: number;
  readonly isEmpty: boolean;
  /** Everything at hand, which is from then on the caller's. */
  take(receivedAt: number): Ingest;
  /** What could not be committed: what is said once is kept, samples come again by themselves. */
  giveBack(batch: Ingest): void;
  counts(): IntakeCounts;
}

/** Since the start. */
export type IntakeCounts = {
  readonly progress: number;
  /** Came while the store was behind, and were left to be sent again. */
  readonly deferred: number;
  readonly refused: Readonly<Partial<Record<RefusalReason, number>>>;
};

/** @param waitForRoom resolves when there may be room again, with false when it is not worth waiting */
export function createIntake(
  options: IntakeEvents & { readonly monotonic: () => number; readonly waitForRoom: () => Promise<boolean> },
): Intake {
  const { monotonic, waitForRoom } = options;
  const counts = { progress: 0, deferred: 0 };
  const refused: Partial<Record<RefusalReason, number>> = {};
  const parts = createReassembler();
  const births = new Map<string, Birth>();
  const statuses = new Map<string, Status>();
  const reported = new Map<string, Reported>();
  let progress: Ingest["progress"][number][] = [];
  let samples: Ingest["samples"][number][] = [];
  let labels: { device: string; label: Label }[] = [];

  const refuse = (topic: string, refusal: Refused<RefusalReason>): undefined => {
    refused[refusal.reason] = (refused[refusal.reason] ?? 0) + 1;
    options.onRefused?.(topic, refusal);
  };

  /** Does something with what a result holds, or counts why there is nothing. */
  const use = <T>(
    topic: string,
    result: Result<T>,
    work: (value: T) => Promise<void> | undefined | void,
  ): Promise<void> | undefined => (result.ok ? (work(result.value) ?? undefined) : refuse(topic, result));

  const keepSample = (device: string, sample: Sample, payload: Uint8Array): Promise<void> | undefined => {
    if (samples.length >= mostWaiting) return keepLater(device, sample, payload);
    samples.push({ device, sample, payload });
    return undefined;
  };

  const keepLater = async (device: string, sample: Sample, payload: Uint8Array): Promise<void> => {
    if ((await waitForRoom()) && samples.length < mostWaiting) samples.push({ device, sample, payload });
    else counts.deferred += 1;
  };

  const takePart = async (topic: string, device: string, payload: Uint8Array): Promise<void> => {
    const whole = await parts.accept(device, payload, monotonic() * 1000);
    await use(topic, whole, (bytes) => {
      if (bytes === undefined) return undefined;
      return use(topic, decode("sample", bytes, longestMessageBytes), (sample) => keepSample(device, sample, bytes));
    });
  };

  return {
    receive: (topic, payload) => {
      const address = parseTopic(topic);
      if (!address.ok) return refuse(topic, address);
      if (!("device" in address.value)) return undefined;
      const { kind, device } = address.value;
      switch (kind) {
        case "status":
          return use(topic, decode(kind, payload), (status) => {
            statuses.set(device, laterStatus(statuses.get(device) ?? status, status));
            options.onStatus?.(device, status);
          });
        case "birth":
          return use(topic, decode(kind, payload), (birth) => void births.set(device, birth));
        case "reported":
          return use(topic, decode(kind, payload), (report) => void reported.set(device, report));
        case "progress":
          return use(topic, decode(kind, payload), (report) => {
            counts.progress += 1;
            if (progress.length < mostWaiting) progress.push({ device, progress: report });
            options.onProgress?.(device, report);
          });
        case "label":
          return use(topic, decode(kind, payload), (label) => {
            if (labels.length < mostWaiting) labels.push({ device, label });
          });
        case "sample":
          if ("part" in address.value) return takePart(topic, device, payload);
          return use(topic, decode(kind, payload), (sample) => keepSample(device, sample, payload));
        default:
          return undefined; // nothing else was asked for
      }
    },
    get samples() {
      return samples.length;
    },
    get isEmpty() {
      return births.size + statuses.size + reported.size + progress.length + samples.length + labels.length === 0;
    },
    take: (receivedAt) => {
      const said = { births: new Map(births), statuses: new Map(statuses), reported: new Map(reported) };
      const batch: Ingest = { receivedAt, ...said, progress, samples, labels };
      for (const held of [births, statuses, reported]) held.clear();
      [progress, samples, labels] = [[], [], []];
      return batch;
    },
    giveBack: (batch) => {
      for (const [device, birth] of batch.births) if (!births.has(device)) births.set(device, birth);
      for (const [device, status] of batch.statuses) statuses.set(device, laterStatus(status, statuses.get(device) ?? status));
      for (const [device, report] of batch.reported ?? []) if (!reported.has(device)) reported.set(device, report);
      labels = [...(batch.labels ?? []), ...labels].slice(0, mostWaiting);
    },
    counts: () => ({ ...counts, refused: { ...refused } }),
  };
}

/** What two statuses say together: the newer one, unless it is the late death of another boot. */
function laterStatus(older: Status, newer: Status): Status {
  return newer.state === "offline" && newer.boot !== older.boot ? older : newer;
}
