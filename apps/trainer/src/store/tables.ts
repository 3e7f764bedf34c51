import type { Generated } from "kysely";

type OfDevice = { fleet: string; device: string };
type OfBoot = OfDevice & { boot: string };
type OfRun = { fleet: string; run: string };

/** The tables of a store. Times are wall-clock times of the trainer [ms since 1970], but for `at` and `made_at`. */
export type Tables = {
  devices: OfBoot & {
    /** 0 or 1. */
    online: number;
    /** JSON of the last one. */
    birth: string | null;
    reported: string | null;
    changed_at: number;
  };
  boots: OfBoot & {
    /** Everything up to this `seq` is committed, or was let go of by the device. */
    prefix: number;
    /** Nothing up to this `seq` is taken any more, because retention has been there. */
    pruned: number;
  };
  samples: OfBoot & {
    seq: number;
    id: string;
    at: number;
    clock_synchronised: number;
    task: string;
    revision: number;
    parameters: string | null;
    /** CBOR as it came. */
    payload: Uint8Array;
    received_at: number;
  };
  labels: OfDevice & {
    sample: string;
    by: string;
    at: number;
    /** JSON of the label alone. */
    label: string;
    received_at: number;
  };
  parameter_sets: {
    fleet: string;
    /** sha256 of the payload. */
    id: string;
    device: string | null;
    payload: Uint8Array;
    received_at: number;
  };
  runs: {
    fleet: string;
    id: string;
    /** JSON, as are progress and result. */
    spec: string;
    state: string;
    wish: string;
    /** Grows with every worker that begins the run. */
    fence: number;
    commits: number;
    /** Workers that began it since the last commit. */
    attempts: Generated<number>;
    progress: string | null;
    result: string | null;
    reason: string | null;
    worker: string | null;
    created_at: number;
    changed_at: number;
  };
  /** Where a run goes on from. */
  run_states: OfRun & { payload: Uint8Array };
  run_steps: OfRun & {
    number: number;
    /** JSON of the progress. */
    payload: string;
    at: number;
  };
  /** Answers of devices, under the commit that rests on them. */
  run_exchanges: OfRun & {
    number: number;
    place: number;
    device: string;
    request: string;
    /** CBOR of a `responded` message. */
    payload: Uint8Array;
  };
  /** The number of the last lease of a device, and the run that has it. */
  device_leases: OfDevice & { sequence: number; run: string };
  reports: OfBoot & {
    id: Generated<number>;
    kind: string;
    /** Of the payload: the same report counts once. */
    digest: string;
    /** JSON. */
    payload: string;
    received_at: number;
  };
  rollouts: {
    fleet: string;
    id: string;
    /** JSON, as the history. */
    plan: string;
    phase: string;
    wave: number;
    history: string;
    /** The trainer that takes it on, which of its leaders that is, and how often that has done something. */
    leader: string | null;
    fence: number;
    beat: number;
    created_at: number;
  };
  rollout_targets: OfDevice & {
    rollout: string;
    /** In the order in which they get their updates. */
    place: number;
    wave: number;
    set_id: string;
    phase: string;
    version: number | null;
    sent_at: number | null;
    previous: string | null;
    reason: string | null;
    detail: string | null;
    aside: number;
    told: number;
    /** 1 while its rollout is open: a device is in one of those. */
    open: number;
  };
};

/** What names a row of each table, in the order in which rows are read. */
export const keys: { readonly [T in keyof Tables]: readonly (keyof Tables[T] & string)[] } = {
  devices: ["fleet", "device"],
  boots: ["fleet", "device", "boot"],
  samples: ["fleet", "device", "boot", "seq"],
  labels: ["fleet", "device", "sample", "by", "at"],
  parameter_sets: ["fleet", "id"],
  runs: ["fleet", "id"],
  run_states: ["fleet", "run"],
  run_steps: ["fleet", "run", "number"],
  run_exchanges: ["fleet", "run", "number", "place"],
  device_leases: ["fleet", "device"],
  reports: ["id"],
  rollouts: ["fleet", "id"],
  rollout_targets: ["fleet", "rollout", "device"],
};
