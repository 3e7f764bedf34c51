import type { Birth, Label, Progress, Reported, Sample, SealedParameterSet, Status } from "@ohmwork/wire";
import type { RolloutStore } from "../rollouts/rollout-store.ts";
import type { RunStore } from "../runs/store/run-store.ts";
import type { StoreRecord } from "./records.ts";

/** What came from the devices of one fleet since the last commit. */
export type Ingest = {
  /** Wall-clock time of this trainer [ms since 1970]. */
  readonly receivedAt: number;
  readonly births: ReadonlyMap<string, Birth>;
  readonly statuses: ReadonlyMap<string, Status>;
  readonly progress: readonly { readonly device: string; readonly progress: Progress }[];
  /** `payload` is the message as it came; it is what is kept. */
  readonly samples: readonly { readonly device: string; readonly sample: Sample; readonly payload: Uint8Array }[];
  readonly labels?: readonly { readonly device: string; readonly label: Label }[];
  readonly reported?: ReadonlyMap<string, Reported>;
};

/** Every sample of this boot up to and including `upTo` is committed. */
export type CommittedPrefix = {
  readonly device: string;
  readonly boot: string;
  readonly upTo: number;
  /** The first sample beyond it that is committed as well, where there is one: what lies between is missing. */
  readonly beyond?: number;
};

export type CommitResult = {
  /** One per device and boot that had samples or a birth in the ingest, read inside the transaction that stored them. */
  readonly prefixes: readonly CommittedPrefix[];
  readonly stored: number;
  /** Samples that were there already, by (device, boot, seq). */
  readonly duplicates: number;
};

export type DeviceSummary = {
  readonly device: string;
  readonly online: boolean;
  readonly samples: number;
  readonly lastProgress?: Progress;
};

export type FleetSummary = { readonly samples: number; readonly devices: readonly DeviceSummary[] };

/** What is known of one device. */
export type DeviceState = {
  readonly device: string;
  readonly online: boolean;
  /** Of the last status or birth. */
  readonly boot: string;
  readonly birth?: Birth;
  readonly reported?: Reported;
  /** Wall-clock time of the trainer when it went on or off [ms since 1970]. */
  readonly changedAt: number;
};

export type StoredSample = {
  readonly device: string;
  /** Wall-clock time of the trainer that took it in [ms since 1970]. */
  readonly receivedAt: number;
  readonly sample: Sample;
};

/** Where a page of samples begins: after this one. */
export type SampleCursor = { readonly device: string; readonly boot: string; readonly seq: number };

export type SampleQuery = {
  readonly device?: string;
  readonly boot?: string;
  readonly task?: string;
  readonly after?: SampleCursor;
  readonly limit: number;
};

export type StoredParameterSet = SealedParameterSet & {
  /** Where it was learned or sent to; absent when it is for any. */
  readonly device?: string;
  readonly receivedAt: number;
};

/** Rows that were deleted, by table. */
export type Pruned = { readonly samples: number; readonly labels: number; readonly reports: number };

/** Where trainers keep what they are sent; several may share one. Every method throws StoreFailedError when it cannot be read or written. */
export interface TrainerStore extends AsyncDisposable {
  /** File or address, without a password. */
  readonly place: string;
  /** Keeps all of it or nothing, and returns once it would survive the loss of power. */
  commit(fleet: string, ingest: Ingest): Promise<CommitResult>;
  summary(fleet: string): Promise<FleetSummary>;
  /** In the order of their ids; all of them, or those named that there are. */
  devices(fleet: string, only?: readonly string[]): Promise<readonly DeviceState[]>;
  /** In the order of device, boot and seq. */
  samples(fleet: string, query: SampleQuery): Promise<readonly StoredSample[]>;
  /** In the order in which they came. */
  labels(fleet: string, sample: string): Promise<readonly Label[]>;
  /** Every boot that misses samples below one that is committed. */
  gaps(fleet: string): Promise<readonly Required<CommittedPrefix>[]>;
  /** Keeps a set once, whatever the number of calls. */
  keepParameterSet(fleet: string, set: StoredParameterSet): Promise<void>;
  parameterSet(fleet: string, id: string): Promise<StoredParameterSet | undefined>;
  /** Newest first. */
  parameterSets(
    fleet: string,
    query: { readonly device?: string; readonly limit: number },
  ): Promise<readonly StoredParameterSet[]>;
  readonly rollouts: RolloutStore;
  readonly runs: RunStore;
  /**
   * Deletes samples, with their labels, and reports that were taken in before a time [ms since 1970]; of each device the last
   * report of a kind stays; and the journals of runs that ended before it. A deleted sample that comes again is a duplicate, and what is not acknowledged is never deleted.
   */
  prune(fleet: string, before: number): Promise<Pruned>;
  /**
   * Everything in the store, in an order that can be read back while others write: no boot claims a sample that did not come
   * before it.
   */
  records(): AsyncIterable<StoreRecord>;
  /** Keeps what another store gave; what is there already stays as it is. Can be repeated after it broke off. */
  keepRecords(records: AsyncIterable<StoreRecord>): Promise<void>;
}
