import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { runAgent } from "@ohmwork/agent";
import { createTrainingDevice } from "@ohmwork/recipes";
import { openOnnxRuntime } from "@ohmwork/runtime";
import { trainTasks } from "../train/read-task.ts";
import { devicesOf, type Driven } from "./driven.ts";

export type DrivenAgentsOptions = {
  readonly fleet: string;
  readonly broker: string;
  /** Below which each agent keeps what it trusts and has. */
  readonly folder: string;
  readonly seed: number;
  readonly updateKeys: readonly Uint8Array[];
  readonly onTrouble: (message: string) => void;
};

/** Runs an agent for each device, simulated and with its gap, until the signal. */
export async function runDrivenAgents(driven: Driven, options: DrivenAgentsOptions, signal: AbortSignal): Promise<void> {
  const { task, system, devices, gapScale, tolerance } = driven;
  const { fleet, folder, seed, ...common } = options;
  const dataset = await trainTasks[task]?.read(undefined, seed);
  if (dataset === undefined) throw new RangeError(`There is no task "${task}"`);
  const runtime = await openOnnxRuntime({ threads: 1 });
  await using opened = new AsyncDisposableStack();
  const agents: (() => Promise<unknown>)[] = [];
  for (const id of devicesOf(driven)) {
    const [part, ...others] = Object.keys(devices).filter((name) => devices[name] === id);
    const { device } = await createTrainingDevice({
      dataset,
      system,
      seed,
      gapScale,
      runtime,
      // One that has all the names is all of it.
      ...(part !== undefined && others.length === 0 && { part }),
      ...(tolerance !== undefined && { ear: { tolerance } }),
    });
    opened.use(device);
    const state = join(folder, id);
    mkdirSync(state, { recursive: true, mode: 0o700 });
    agents.push(() => runAgent({ ...common, device: { fleet, id, system: device, systemName: system }, state }, signal));
  }
  await Promise.all(agents.map((run) => run()));
}
