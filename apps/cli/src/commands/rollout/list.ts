import type { CommandDef } from "citty";
import { z } from "zod";
import { createOutput, VERSION } from "../../output.ts";
import { strictCommand } from "../../strict-command.ts";
import { createTrainerClient, trainerOptions } from "../../trainer-client.ts";
import { rolloutSchema, summaryOf } from "./shown-rollout.ts";

const args = { ...trainerOptions, json: { type: "boolean", description: "Print one line of JSON" } } as const;

export const list: CommandDef = strictCommand({
  name: "rollout list",
  description: "Rollouts of a fleet, newest first",
  args,
  run: async ({ json, ...trainer }) => {
    const { rollouts } = await createTrainerClient(trainer).get("/v1/rollouts", z.object({ rollouts: z.array(rolloutSchema) }));
    createOutput(json === true).result(
      { schema: "ohmwork.rollout-list/1", version: VERSION, rollouts },
      rollouts.length === 0 ? ["No rollouts"] : rollouts.map(summaryOf),
    );
  },
});
