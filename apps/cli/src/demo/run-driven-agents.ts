import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { runAgent } from "@ohmwork/agent";
import { createTrainingDevice } from "@ohmwork/recipes";
import { openOnnxRuntime } from "@ohmwork/runtime";
import { trainTasks } from "../train/read-task.ts";
import type { Driven } from "./driven.ts";

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
  const { task, system, devices, gapScale } = driven;
  const { fleet, folder, seed, ...common } = options;
  const dataset = await trainTasks[task]?.read(undefined, seed);
  if (dataset === undefined) throw new RangeError(`There is no task "${task}"`);
  const runtime = await openOnnxRuntime({ threads: 1 });
  await using opened = new AsyncDisposableStack();
  const agents: (() => Promise<unknown>)[] = [];
  for (const [part, id] of Object.entries(devices)) {
    const { device } = await createTrainingDevice({ dataset, system, part, seed, gapScale, runtime });
    opened.use(device);
    const state = join(folder, id);
    mkdirSync(state, { recursive: true, mode: 0o700 });
    agents.push(() => runAgent({ ...common, device: { fleet, id, system: device, systemName: system }, state }, signal));
  }
  await Promise.all(agents.map((run) => run()));
}
