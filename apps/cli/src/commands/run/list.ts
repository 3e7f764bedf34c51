import type { CommandDef } from "citty";
import { z } from "zod";
import { createOutput, VERSION } from "../../output.ts";
import { strictCommand } from "../../strict-command.ts";
import { createTrainerClient, trainerOptions } from "../../trainer-client.ts";
import { runSchema, summaryOf } from "./shown-run.ts";

const args = { ...trainerOptions, json: { type: "boolean", description: "Print one line of JSON" } } as const;

export const list: CommandDef = strictCommand({
  name: "run list",
  description: "Runs of a fleet, newest first",
  args,
  run: async ({ json, ...trainer }) => {
    const { runs } = await createTrainerClient(trainer).get("/v1/runs", z.object({ runs: z.array(runSchema) }));
    createOutput(json === true).result(
      { schema: "ohmwork.run-list/1", version: VERSION, runs },
      runs.length === 0 ? ["No runs"] : runs.map(summaryOf),
    );
  },
});
