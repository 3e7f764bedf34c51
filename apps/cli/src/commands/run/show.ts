import type { CommandDef } from "citty";
import { z } from "zod";
import { createOutput, VERSION } from "../../output.ts";
import { strictCommand } from "../../strict-command.ts";
import { createTrainerClient, trainerOptions } from "../../trainer-client.ts";
import { linesOf, runSchema } from "./shown-run.ts";

const args = {
  id: { type: "positional", required: true, description: "Id of the run" },
  ...trainerOptions,
  json: { type: "boolean", description: "Print one line of JSON, with how it went from commit to commit" },
} as const;

export const show: CommandDef = strictCommand({
  name: "run show",
  description: "Where a run stands, and what it came to",
  args,
  run: async ({ id, json, ...trainer }) => {
    const schema = z.object({ run: runSchema, steps: z.array(z.unknown()) });
    const shown = await createTrainerClient(trainer).get(`/v1/runs/${encodeURIComponent(id)}`, schema);
    createOutput(json === true).result({ schema: "ohmwork.run/1", version: VERSION, ...shown }, linesOf(shown.run));
  },
});
