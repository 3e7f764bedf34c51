import { dirname, join, resolve } from "node:path";
import { loadDeviceConfig } from "@ohmwork/agent";
import { loadCredentials } from "@ohmwork/runtime";
import type { CommandDef } from "citty";
import type { AgentRun } from "../agent/agent-run.ts";
import { keepHeapSmall } from "../agent/keep-heap-small.ts";
import { createOutput } from "../output.ts";
import { stateFolder } from "../state-folder.ts";
import { strictCommand } from "../strict-command.ts";

const args = {
  config: { type: "positional", required: true, description: "Device config as YAML; docs/device-config.md describes the keys" },
  board: { type: "string", valueHint: "name", description: "Takes the place of port: in the config" },
  state: {
    type: "string",
    default: "ohmwork-state",
    valueHint: "folder",
    description: "Where the device keeps what must survive the process",
  },
  exit: { type: "boolean", description: "End when learning is done and its samples are acknowledged, or cannot be" },
  "trust-again": {
    type: "boolean",
    description: "Take updates and leases again after what was trusted was lost, though the clock is not synchronised",
  },
  json: { type: "boolean", description: "Print one line of JSON at the end" },
} as const;

const run: CommandDef = strictCommand({
  name: "agent",
  description: "Run the device of a config: it learns where it stands, or is driven by trainers, and reports over MQTT",
  args,
  run: async (options) => {
    keepHeapSmall();
    const output = createOutput(options.json === true);
    const file = options.config;
    const config = loadDeviceConfig(file, options.board);
    const { fleet, device: id, broker, recipe, system, updateKeys = [] } = config;
    const credentials =
      config.credentials === undefined ? undefined : loadCredentials(resolve(dirname(file), config.credentials));
    const state = stateFolder(join(options.state, `${fleet}.${id}`));
    const asked: AgentRun = {
      config,
      file,
      exit: options.exit === true,
      common: {
        broker,
        ...(credentials !== undefined && { credentials }),
        state,
        updateKeys: updateKeys.map((key) => Uint8Array.from(Buffer.from(key, "hex"))),
        trustAgain: options["trust-again"] === true,
        onTrouble: (message) => output.note(message),
      },
      state,
      output,
    };
    // What the other kind of device needs takes memory for as long as the agent runs.
    if (recipe !== undefined) await (await import("../agent/run-learning.ts")).runLearning(asked, recipe);
    else if (system !== undefined) await (await import("../agent/run-driven.ts")).runDriven(asked, system);
  },
});

export const agent: CommandDef = {
  ...run,
  subCommands: { doctor: () => import("./agent-doctor.ts").then((module) => module.agentDoctor) },
};
