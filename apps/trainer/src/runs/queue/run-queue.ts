/** A worker's hold on a run, until it lets go of it or is not heard of for the length of the lease. */
export type Claim = { readonly run: string; readonly attempt: number };

/**
 * Gives each run to one worker at a time, in the order in which they came. It only says who is to work: what a run is stands in
 * the store, and a worker that lost its claim without noticing is kept from writing by the fence there. So a run may stand in
 * the queue for nothing, and be put there again without harm. Every method throws StoreFailedError when the queue cannot be reached.
 */
export interface RunQueue extends AsyncDisposable {
  /** Puts a run at the end, unless it is there already, waiting or claimed. */
  enqueue(run: string): Promise<void>;
  /** The first run that nobody has, or whose worker was not heard of; undefined when there is none. */
  claim(): Promise<Claim | undefined>;
  /** Says that the worker is there; false when the run is no longer its own. */
  heartbeat(claim: Claim): Promise<boolean>;
  /** Takes a run that is not to be worked on any more out of the queue, if the claim still stands. */
  complete(claim: Claim): Promise<void>;
  /** Gives a run back, for any worker to take after a pause, if the claim still stands. */
  release(claim: Claim): Promise<void>;
  /** Takes a run out, whoever has it. */
  withdraw(run: string): Promise<void>;
}

/** How long a worker may be silent before its run is given to another [s]. */
export const leaseSeconds = 30;
/** How long a run that was given back waits [s]. */
export const pauseSeconds = 5;
