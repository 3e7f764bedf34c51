import { systemClock } from "@ohmwork/runtime";
import { openRunQueue } from "./queue/open-run-queue.ts";
import type { RunQueue } from "./queue/run-queue.ts";
import { runWorker, type RunWorkerOptions } from "./run-worker.ts";
import { openTrainingThread, type TrainingThread } from "./training/open-training-thread.ts";

/** A worker that goes on until it is disposed of; it gives back what it has then. */
export interface RunningWorker extends AsyncDisposable {
  readonly queue: RunQueue;
  start(): void;
  stop(): Promise<void>;
}

export type StartRunWorkerOptions = Omit<RunWorkerOptions, "queue" | "train" | "clock"> & {
  /** Of the store, whose queue is beside it. */
  readonly place: string;
};

/**
 * Opens the queue that goes with a store and works on its runs, in a thread that is started for the first of them.
 *
 * @throws StoreFailedError when the queue cannot be opened
 */
export async function startRunWorker({ place, ...options }: StartRunWorkerOptions): Promise<RunningWorker> {
  const { fleet } = options;
  const queue = await openRunQueue(place, { fleet, clock: systemClock });
  const stopping = new AbortController();
  let thread: TrainingThread | undefined;
  let working: Promise<void> | undefined;
  const train: RunWorkerOptions["train"] = (job, hooks) => {
    if (thread === undefined || thread.isGone) thread = openTrainingThread();
    return thread.train(job, hooks);
  };
  const stop = async (): Promise<void> => {
    stopping.abort();
    await working;
    await thread?.[Symbol.asyncDispose]();
    thread = undefined;
  };
  return {
    queue,
    start: () => void (working ??= runWorker({ ...options, queue, train, clock: systemClock }, stopping.signal)),
    stop,
    [Symbol.asyncDispose]: async () => {
      await stop();
      await queue[Symbol.asyncDispose]();
    },
  };
}
