import { AbortedError, Seconds } from "@ohmwork/core";
import { createExchanges } from "./remote/exchanges.ts";
import { type WorkOptions, workOnRun } from "./work-on-run.ts";

export type RunWorkerOptions = Omit<WorkOptions, "exchanges"> & {
  /** Runs at a time: while one waits for its device, another computes. @default 4 */
  readonly runsAtOnce?: number;
  /** Time between two looks at an empty queue. @default 1 */
  readonly lookSeconds?: Seconds;
};

/** Runs that are in no queue, begun where there is none or kept from another store, are put there so often. */
const sweepSeconds = 5;

/** Works on the runs of a fleet until the signal fires; runs that it then has are given back. */
export async function runWorker(options: RunWorkerOptions, signal: AbortSignal): Promise<void> {
  const { fleet, store, queue, clock, connection, onTrouble = () => undefined } = options;
  const { runsAtOnce = 4, lookSeconds = Seconds(1) } = options;
  const exchanges = createExchanges({ connection, fleet, clock, onTrouble });
  const working = new Set<Promise<void>>();
  let sweepAt = -Infinity;
  while (!signal.aborted) {
    try {
      if (clock.monotonic() >= sweepAt) {
        for (const run of await store.runs.unfinished(fleet)) await queue.enqueue(run);
        sweepAt = clock.monotonic() + sweepSeconds;
      }
      const claim = working.size < runsAtOnce ? await queue.claim() : undefined;
      if (claim !== undefined) {
        const work: Promise<void> = workOnRun(claim, { ...options, exchanges }, signal).finally(() => working.delete(work));
        working.add(work);
        continue;
      }
    } catch (error) {
      onTrouble((error as Error).message);
    }
    await clock.sleep(lookSeconds, signal).catch((error: unknown) => {
      if (!(error instanceof AbortedError)) throw error;
    });
  }
  await Promise.all(working);
}
