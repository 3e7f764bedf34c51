import { randomUUID } from "node:crypto";
import { BadInputError, didYouMean } from "@ohmwork/core";
import { trainingRules } from "@ohmwork/learning";
import { trainSystems } from "@ohmwork/recipes";
import type { TrainerStore } from "../store/store.ts";
import { namesOfDevice } from "./names-of-device.ts";
import type { RunQueue } from "./queue/run-queue.ts";
import type { Run, RunProgress, RunRequest, RunSpec, RunWish } from "./run.ts";

/** What people do with runs; workers do the rest. */
export interface Runs {
  /**
   * Puts runs into the queue: one, or one for each device of a group.
   *
   * @throws BadInputError when there is no such system or rule, or the group has no device
   */
  start(request: RunRequest): Promise<readonly Run[]>;
  /** Newest first. */
  list(limit: number): Promise<readonly Run[]>;
  /** How it went, commit by commit. */
  show(run: string): Promise<{ readonly run: Run; readonly steps: readonly RunProgress[] } | undefined>;
  /**
   * Lets it go on, pauses or cancels it; what it is then is for its worker to say, if it has one.
   *
   * @throws BadInputError when it is at its end
   */
  wish(run: string, wish: RunWish): Promise<Run | undefined>;
}

export function createRuns(options: {
  readonly fleet: string;
  readonly store: TrainerStore;
  /** @default runs wait until a worker looks for those that are in no queue */
  readonly queue?: RunQueue;
  /** Wall-clock time [ms since 1970]. */
  readonly now: () => number;
}): Runs {
  const { fleet, store, queue } = options;
  const now = (): number => Math.floor(options.now());

  const begin = async (spec: RunSpec): Promise<Run> => {
    const id = randomUUID();
    await store.runs.create(fleet, { id, spec, at: now() });
    await queue?.enqueue(id); // if this fails, the next sweep of a worker does it
    return (await store.runs.read(fleet, id)) as Run;
  };

  return {
    start: async (request) => {
      checkNames(request);
      if (!("group" in request)) return [await begin(request)];
      const { group, ...rest } = request;
      const devices = (await store.devices(fleet)).filter(({ birth }) => birth?.groups?.includes(group));
      if (devices.length === 0) throw new BadInputError(`No device is in group ${group}`);
      const names = namesOfDevice(rest.system);
      const runs: Run[] = [];
      for (const { device } of devices)
        runs.push(await begin({ ...rest, devices: Object.fromEntries(names.map((name) => [name, device])) }));
      return runs;
    },
    list: (limit) => store.runs.list(fleet, limit),
    show: async (id) => {
      const run = await store.runs.read(fleet, id);
      return run && { run, steps: await store.runs.steps(fleet, id) };
    },
    wish: async (id, wish) => {
      const run = await store.runs.wish(fleet, id, wish, now());
      if (run === undefined) return undefined;
      if (run.state === "done" || (run.state === "cancelled" && wish !== "cancel"))
        throw new BadInputError(`Run ${id} is ${run.state}`);
      if (run.state === "queued") await queue?.enqueue(id);
      else if (run.state !== "running") await queue?.withdraw(id);
      return run;
    },
  };
}

function checkNames({ system, rule }: Pick<RunSpec, "system" | "rule">): void {
  if (!Object.hasOwn(trainSystems, system))
    throw new BadInputError(`Unknown system "${system}"${didYouMean(system, Object.keys(trainSystems))}`);
  const rules = Object.keys(trainingRules).filter((one) => one !== "digital");
  if (!rules.includes(rule)) throw new BadInputError(`Unknown rule "${rule}"${didYouMean(rule, rules)}`);
}
