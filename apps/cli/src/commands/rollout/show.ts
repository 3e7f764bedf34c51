import type { CommandDef } from "citty";
import { createOutput, VERSION } from "../../output.ts";
import { strictCommand } from "../../strict-command.ts";
import { createTrainerClient, trainerOptions } from "../../trainer-client.ts";
import { linesOf, rolloutSchema } from "./shown-rollout.ts";

const args = {
  id: { type: "positional", required: true, description: "Name of the rollout" },
  ...trainerOptions,
  json: { type: "boolean", description: "Print one line of JSON" },
} as const;

export const show: CommandDef = strictCommand({
  name: "rollout show",
  description: "Where a rollout stands, with each of its devices, and who did what when",
  args,
  run: async ({ id, json, ...trainer }) => {
    const rollout = await createTrainerClient(trainer).get(`/v1/rollouts/${encodeURIComponent(id)}`, rolloutSchema);
    createOutput(json === true).result({ schema: "ohmwork.rollout/1", version: VERSION, rollout }, linesOf(rollout));
  },
});
