import { dirname, join, resolve } from "node:path";
import { loadDeviceConfig } from "@ohmwork/agent";
import { loadCredentials } from "@ohmwork/runtime";
import { createOutput } from "../output.ts";
import { stateFolder } from "../state-folder.ts";
import type { AgentRun } from "./agent-run.ts";

export type RunDeviceOptions = {
  /** Name of the config's file. */
  readonly file: string;
  /** Takes the place of the config's port. */
  readonly board?: string;
  /** Folder of all devices' state. */
  readonly state: string;
  readonly exit: boolean;
  readonly trustAgain: boolean;
  readonly json: boolean;
};

/** Runs the device of a config until it is done, or the signal. */
export async function runDevice({ file, board, exit, trustAgain, json, ...options }: RunDeviceOptions): Promise<void> {
  const output = createOutput(json);
  const config = loadDeviceConfig(file, board);
  const { fleet, device: id, broker, recipe, system, updateKeys = [] } = config;
  const credentials = config.credentials === undefined ? undefined : loadCredentials(resolve(dirname(file), config.credentials));
  const state = stateFolder(join(options.state, `${fleet}.${id}`));
  const run: AgentRun = {
    config,
    file,
    exit,
    common: {
      broker,
      ...(credentials !== undefined && { credentials }),
      state,
      updateKeys: updateKeys.map((key) => Uint8Array.from(Buffer.from(key, "hex"))),
      trustAgain,
      onTrouble: (message) => output.note(message),
    },
    state,
    output,
  };
  // What the other kind of device needs would take memory for as long as the agent runs.
  if (recipe !== undefined) await (await import("./run-learning.ts")).runLearning(run, recipe);
  else if (config.microphone !== undefined) await (await import("./run-sensor.ts")).runSensor(run);
  else if (system !== undefined) await (await import("./run-driven.ts")).runDriven(run, system);
}
