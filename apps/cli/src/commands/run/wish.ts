import type { CommandDef } from "citty";
import { z } from "zod";
import { createOutput, VERSION } from "../../output.ts";
import { strictCommand } from "../../strict-command.ts";
import { createTrainerClient, trainerOptions } from "../../trainer-client.ts";
import { runSchema, summaryOf } from "./shown-run.ts";

const args = {
  id: { type: "positional", required: true, description: "Id of the run" },
  ...trainerOptions,
  json: { type: "boolean", description: "Print one line of JSON" },
} as const;

const wish = (what: "pause" | "resume" | "cancel", description: string): CommandDef =>
  strictCommand({
    name: `run ${what}`,
    description,
    args,
    run: async ({ id, json, ...trainer }) => {
      const path = `/v1/runs/${encodeURIComponent(id)}/${what}`;
      const { run } = await createTrainerClient(trainer).post(path, {}, z.object({ run: runSchema }));
      createOutput(json === true).result({ schema: "ohmwork.run/1", version: VERSION, run }, [summaryOf(run)]);
    },
  });

export const pause: CommandDef = wish("pause", "Stop a run where it is committed, until it is resumed");
export const resume: CommandDef = wish("resume", "Go on with a run that is paused or failed, from its last commit");
export const cancel: CommandDef = wish("cancel", "End a run for good; what it came to so far stays");
