import { existsSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { type DeviceConfig, runAgent } from "@ohmwork/agent";
import { BadInputError, didYouMean, type PhysicalSystem } from "@ohmwork/core";
import { createTrainingDevice } from "@ohmwork/recipes";
import { openOnnxRuntime, runUntilSignal } from "@ohmwork/runtime";
import { VERSION } from "../output.ts";
import { trainTasks } from "../train/read-task.ts";
import { withFile } from "../with-file.ts";
import type { AgentRun } from "./agent-run.ts";

/** Runs a simulated device that learns nothing by itself: trainers measure with it under leases, until the signal. */
export async function runDriven({ config, file, exit, common, output }: AgentRun, system: string): Promise<void> {
  if (exit) throw new BadInputError("--exit: A device that does not learn has no end to wait for");
  const { fleet, device: id, seed, groups, part } = config;
  const { name, device } = await made(config, file, system);
  await using _ = device;
  if (common.updateKeys?.length === 0) output.note(`${file}: No updateKeys: nobody can ask this device for anything`);
  const driven = {
    fleet,
    id,
    system: device,
    systemName: part === undefined ? system : `${system}, ${part}`,
    ...(groups !== undefined && { groups }),
  };
  output.note(`${fleet}/${id}: ${driven.systemName}; staying on the broker until Ctrl-C`);
  const { outbox } = await runUntilSignal((signal) => runAgent({ ...common, device: driven }, signal));
  const header = { schema: "ohmwork.agent/1", version: VERSION, task: config.task, system, rule: null, seed };
  output.result({ ...header, part: name, fleet, device: id, outbox }, [`${fleet}/${id} left the broker`]);
}

/** @throws BadInputError in one line that names the file */
async function made(config: DeviceConfig, file: string, system: string): Promise<{ name: string; device: PhysicalSystem }> {
  const { task: taskName = "", data, part, seed, gapScale, tolerance } = config;
  const task = Object.hasOwn(trainTasks, taskName) ? trainTasks[taskName] : undefined;
  if (task === undefined) {
    throw new BadInputError(`${file}: Unknown task "${taskName}"${didYouMean(taskName, Object.keys(trainTasks))}`, {
      where: file,
    });
  }
  const beside = data === undefined ? undefined : resolve(dirname(file), data);
  const dataset = await task.read(beside !== undefined && existsSync(beside) ? beside : data, seed);
  const runtime = await openOnnxRuntime({ threads: 1 });
  const options = {
    dataset,
    system,
    seed,
    runtime,
    ...(part !== undefined && { part }),
    ...(gapScale !== undefined && { gapScale }),
    ...(tolerance !== undefined && { ear: { tolerance } }),
  };
  return createTrainingDevice(options).catch((error: unknown) =>
    withFile(file, () => {
      throw error;
    }),
  );
}
