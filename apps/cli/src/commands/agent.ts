import type { CommandDef } from "citty";
import { keepHeapSmall } from "../agent/keep-heap-small.ts";
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
  run: async ({ config: file, board, state, exit, "trust-again": trustAgain, json }) => {
    keepHeapSmall();
    const { runDevice } = await import("../agent/run-device.ts"); // after the heap was told: what is loaded fills it
    await runDevice({
      file,
      ...(board !== undefined && { board }),
      state,
      exit: exit === true,
      trustAgain: trustAgain === true,
      json: json === true,
    });
  },
});

export const agent: CommandDef = {
  ...run,
  subCommands: { doctor: () => import("./agent-doctor.ts").then((module) => module.agentDoctor) },
};
