import { dirname, join, resolve } from "node:path";
import { styleText } from "node:util";
import { examine, type Finding, loadDeviceConfig } from "@ohmwork/agent";
import { OhmworkError } from "@ohmwork/core";
import type { CommandDef } from "citty";
import { createOutput, VERSION } from "../output.ts";
import { strictCommand } from "../strict-command.ts";

const args = {
  config: { type: "positional", required: true, description: "Device config as YAML; docs/device-config.md describes the keys" },
  board: { type: "string", valueHint: "name", description: "Takes the place of port: in the config" },
  state: { type: "string", default: "ohmwork-state", valueHint: "folder", description: "What the agent is given as --state" },
  json: { type: "boolean", description: "Print one line of JSON" },
} as const;

const header = {
  schema: "ohmwork.agent-doctor/1",
  version: VERSION,
  task: "agent-doctor",
  system: null,
  rule: null,
  seed: null,
};
const marks = { good: styleText("green", "✓"), bad: styleText("red", "✗"), unknown: styleText("yellow", "?") };

export const agentDoctor: CommandDef = strictCommand({
  name: "agent doctor",
  description: "Look at everything an agent with this config needs, and say what to do where it is missing; changes nothing",
  args,
  run: async ({ config: file, board, state, json }) => {
    const config = loadDeviceConfig(file, board);
    const credentials = config.credentials === undefined ? undefined : resolve(dirname(file), config.credentials);
    const findings = await examine(config, {
      state: join(state, `${config.fleet}.${config.device}`),
      ...(credentials !== undefined && { credentials }),
      microphone: { folder: dirname(file) },
    });
    const bad = findings.filter(({ state: found }) => found === "bad").map(({ what }) => what);
    createOutput(json === true).result(
      { ...header, fleet: config.fleet, device: config.device, findings },
      findings.flatMap(linesOf),
    );
    if (bad.length > 0) throw new AgentUnfitError(`To be mended: ${bad.join(", ")}`, { bad });
  },
});

/** An agent would start, and lack something. */
class AgentUnfitError extends OhmworkError<{ bad: readonly string[] }> {
  readonly code = "agent-unfit";
}

function linesOf({ what, state, found, todo }: Finding): string[] {
  return [`${marks[state]} ${what.padEnd(11)} ${found}`, ...(todo === undefined ? [] : [`  ${"".padEnd(11)} → ${todo}`])];
}
