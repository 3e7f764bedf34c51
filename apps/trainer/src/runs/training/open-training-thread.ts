import { extname } from "node:path";
import type { EventLoopUtilization } from "node:perf_hooks";
import { Worker } from "node:worker_threads";
import { AbortedError, throwIfAborted } from "@ohmwork/core";
import { crossed, ThreadError, uncrossed } from "./crossed-error.ts";
import type { TrainedRun, TrainingHooks, TrainingJob, TrainRun } from "./train-run.ts";
import type { Answer, DeviceShape, FromThread, ToThread } from "./training-messages.ts";

/** A thread that trains, several runs at a time: while one waits for its device, the others compute. */
export interface TrainingThread extends AsyncDisposable {
  readonly train: TrainRun;
  /** How much of the time since an earlier call it had something to compute; without one, since its start. */
  readonly utilisation: (since?: EventLoopUtilization) => EventLoopUtilization;
  /** It has ended, and trains nothing any more. */
  readonly isGone: boolean;
}

type Held = { readonly job: TrainingJob; readonly hooks: TrainingHooks; readonly ended: PromiseWithResolvers<TrainedRun> };

/** Starts a thread for trainings, so that what they compute holds up nothing here. */
export function openTrainingThread(): TrainingThread {
  const jobs = new Map<number, Held>();
  const extension = extname(import.meta.url);
  const thread = new Worker(new URL(`./training-thread${extension}`, import.meta.url), {
    name: "training",
    ...(extension === ".ts" && { execArgv: ["--conditions=@ohmwork/source"] }),
  });
  thread.unref();
  let number = 0;
  let gone: Error | undefined;
  const say = (message: ToThread): void => thread.postMessage(message, []);

  const answer = async (job: number, call: number, work: () => Promise<Answer | void>): Promise<void> => {
    try {
      const given = await work();
      say({ kind: "answered", job, call, answer: given ?? undefined });
    } catch (error) {
      say({ kind: "refused", job, call, error: crossed(error) });
    }
  };

  thread.on("message", (message: FromThread) => {
    const { job } = message;
    const held = jobs.get(job);
    if (held === undefined) return;
    const { hooks, ended } = held;
    switch (message.kind) {
      case "program":
        return void answer(job, message.call, () => deviceOf(held, message.device).program(message.values));
      case "respond": {
        const { id, inputs, call, device } = message;
        const asked = { signal: hooks.signal, ...(id !== undefined && { id }) };
        return void answer(job, call, () => deviceOf(held, device).respond(inputs, asked));
      }
      case "progress":
        return void answer(job, message.call, () => hooks.onProgress(message.progress));
      case "trained":
        return ended.resolve(message.trained);
      case "failed":
        return ended.reject(uncrossed(message.error));
    }
  });
  const end = (error: Error): void => {
    gone ??= error;
    for (const { ended } of jobs.values()) ended.reject(gone);
  };
  thread.on("error", (error: Error) =>
    end(new ThreadError(`The thread that trains failed: ${error.message}`, { name: error.name })),
  );
  thread.on("exit", () => end(new ThreadError("The thread that trains has ended", { name: "exit" })));

  return {
    get isGone() {
      return gone !== undefined;
    },
    utilisation: (since) => thread.performance.eventLoopUtilization(since),
    train: async (job, hooks) => {
      throwIfAborted(hooks.signal, "Training");
      if (gone !== undefined) throw gone;
      number += 1;
      const own = number;
      const ended = Promise.withResolvers<TrainedRun>();
      jobs.set(own, { job, hooks, ended });
      const stop = (): void => {
        say({ kind: "stop", job: own });
        ended.reject(new AbortedError("Training"));
      };
      hooks.signal.addEventListener("abort", stop, { once: true });
      const shapes = Object.entries(job.devices).map(([name, { ports, traits, stages }]): [string, DeviceShape] => {
        return [name, { ports, traits, stages }];
      });
      const { spec, from } = job;
      say({ kind: "train", job: own, spec, devices: Object.fromEntries(shapes), ...(from !== undefined && { from }) });
      try {
        return await ended.promise;
      } finally {
        hooks.signal.removeEventListener("abort", stop);
        jobs.delete(own);
      }
    },
    [Symbol.asyncDispose]: async () => {
      end(new AbortedError("Training"));
      const exited = new Promise<void>((resolve) => void thread.once("exit", () => resolve()));
      thread.ref();
      say({ kind: "close" });
      await exited;
    },
  };
}

function deviceOf({ job }: Held, name: string): TrainingJob["devices"][string] {
  const device = job.devices[name];
  if (device === undefined) throw new RangeError(`No device is called "${name}"`);
  return device;
}
