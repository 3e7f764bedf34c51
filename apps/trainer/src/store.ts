import type { Birth, Progress, Sample, Status } from "@ohmwork/wire";

/** What came from the devices of one fleet since the last commit. */
export type Ingest = {
  /** Wall-clock time of this trainer [ms since 1970]. */
  readonly receivedAt: number;
  readonly births: ReadonlyMap<string, Birth>;
  readonly statuses: ReadonlyMap<string, Status>;
  readonly progress: readonly { readonly device: string; readonly progress: Progress }[];
  /** `payload` is the message as it came; it is what is kept. */
  readonly samples: readonly { readonly device: string; readonly sample: Sample; readonly payload: Uint8Array }[];
};

/** Every sample of this boot up to and including `upTo` is committed. */
export type CommittedPrefix = { readonly device: string; readonly boot: string; readonly upTo: number };

export type CommitResult = {
  /** One per device and boot that had samples in the ingest, read inside the transaction that stored them. */
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

/** Where a trainer keeps what it is sent. */
export interface TrainerStore extends AsyncDisposable {
  /**
   * Keeps all of it or nothing, and returns once it would survive the loss of power.
   *
   * @throws StoreFailedError when it could not be kept
   */
  commit(fleet: string, ingest: Ingest): Promise<CommitResult>;
  /** @throws StoreFailedError when it cannot be read */
  summary(fleet: string): Promise<FleetSummary>;
}
