import type { CommandDef } from "citty";
import { createOutput, VERSION } from "../../output.ts";
import { strictCommand } from "../../strict-command.ts";
import { createTrainerClient, trainerOptions } from "../../trainer-client.ts";
import { rolloutSchema, summaryOf } from "./shown-rollout.ts";

const args = {
  id: { type: "positional", required: true, description: "Name of the rollout" },
  why: { type: "string", valueHint: "words", description: "Stands in its history" },
  ...trainerOptions,
  json: { type: "boolean", description: "Print one line of JSON" },
} as const;
const retry = { type: "boolean", description: "Send it again to those that failed" } as const;

type Said = {
  id: string;
  why?: string | undefined;
  at: string;
  "token-file": string;
  as?: string | undefined;
  json?: boolean | undefined;
};

async function say(what: string, { id, why, json, ...trainer }: Said, more: object = {}): Promise<void> {
  const body = { ...more, ...(why !== undefined && { why }) };
  const rollout = await createTrainerClient(trainer).post(`/v1/rollouts/${encodeURIComponent(id)}/${what}`, body, rolloutSchema);
  createOutput(json === true).result({ schema: "ohmwork.rollout/1", version: VERSION, rollout }, [summaryOf(rollout)]);
}

export const approve: CommandDef = strictCommand({
  name: "rollout approve",
  description: "Open the next wave of a rollout that waits for it",
  args,
  run: (options) => say("approve", options),
});

export const stop: CommandDef = strictCommand({
  name: "rollout stop",
  description: "Stop a rollout, and take back from the broker what was not answered",
  args,
  run: (options) => say("stop", options),
});

export const resume: CommandDef = strictCommand({
  name: "rollout resume",
  description: "Go on with a rollout that was stopped; those that failed are left aside, or sent it again with --retry",
  args: { ...args, retry },
  run: ({ retry: again, ...options }) => say("resume", options, { retry: again === true }),
});

export const rollback: CommandDef = strictCommand({
  name: "rollout rollback",
  description: "Give back what they had before to all devices that took their set",
  args,
  run: (options) => say("rollback", options),
});
