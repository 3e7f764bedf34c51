import type { StoredParameterSet } from "../../store/store.ts";
import type { Run, RunProgress, RunResult, RunSpec, RunState, RunWish } from "../run.ts";

/**
 * A worker's right to write a run: it ends when another worker begins the run, whatever the clocks say.
 */
export type Fence = { readonly fleet: string; readonly run: string; readonly token: number };

/** What came of the wish to work on a run. `busy`: another run has one of its devices. */
export type Begun =
  | { readonly kind: "begun"; readonly run: Run; readonly token: number; readonly state?: Uint8Array }
  | { readonly kind: "busy"; readonly device: string; readonly by: string }
  | { readonly kind: "not-to-be-run" };

/** An answer that a training used, in the bytes of a `responded` message. */
export type Exchange = { readonly device: string; readonly request: string; readonly payload: Uint8Array };

/** What a training came to since the commit before: all that is needed to go on to the same bits, and how it was come by. */
export type RunCommit = {
  readonly state: Uint8Array;
  readonly progress: RunProgress;
  readonly exchanges: readonly Exchange[];
};

/** The end of a training: its result, and the sets that it is of. */
export type RunEnd = Pick<RunCommit, "exchanges"> & {
  readonly result: RunResult;
  readonly sets: readonly Omit<StoredParameterSet, "receivedAt">[];
};

/**
 * How a worker leaves a run that is not done. `blameless`: it gives back what it cannot do now, which counts as no attempt.
 */
export type RunLeft = {
  readonly state: "queued" | "paused" | "cancelled" | "failed";
  readonly reason?: string;
  readonly blameless?: boolean;
};

/**
 * Where runs are kept. Times are wall-clock times of trainers [ms since 1970]; nothing is decided by them. Every method throws
 * StoreFailedError when the store cannot be read or written; those that take a fence throw RunLostError, and write nothing,
 * when it counts no longer: that is looked at in the transaction that would write.
 */
export interface RunStore {
  create(fleet: string, run: { readonly id: string; readonly spec: RunSpec; readonly at: number }): Promise<void>;
  /** Newest first. */
  list(fleet: string, limit: number): Promise<readonly Run[]>;
  read(fleet: string, run: string): Promise<Run | undefined>;
  /** Runs in each state; one that there is none in is left out. */
  counts(fleet: string): Promise<Readonly<Partial<Record<RunState, number>>>>;
  /** Those that a worker is to work on, oldest first. */
  unfinished(fleet: string): Promise<readonly string[]>;
  /**
   * Notes what a person wants. A run that nobody works on is paused, cancelled or queued again at once, one that failed is
   * queued again by `go-on`; of the others the worker is told.
   *
   * @returns the run as it is then; undefined when there is none
   */
  wish(fleet: string, run: string, wish: RunWish, at: number): Promise<Run | undefined>;
  /** Gives a run to a worker, and takes it from any other one. */
  begin(fleet: string, run: string, worker: string, at: number): Promise<Begun>;
  /** Keeps what a training came to. */
  commit(fence: Fence, commit: RunCommit, at: number): Promise<void>;
  finish(fence: Fence, end: RunEnd, at: number): Promise<void>;
  leave(fence: Fence, left: RunLeft, at: number): Promise<void>;
  /** The next number of a lease of a device that the run has; above `above`, which the device is known to have seen. */
  nextLease(fence: Fence, device: string, above: number): Promise<number>;
  /** How a run went, commit by commit. */
  steps(fleet: string, run: string): Promise<readonly RunProgress[]>;
  /** Every answer that the run used, in the order in which it did. */
  journal(fleet: string, run: string): Promise<readonly Exchange[]>;
}
