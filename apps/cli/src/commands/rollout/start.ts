import { BadInputError } from "@ohmwork/core";
import { parseConfig } from "@ohmwork/runtime";
import type { Wave } from "@ohmwork/trainer";
import { deviceIdSchema, messages } from "@ohmwork/wire";
import type { CommandDef } from "citty";
import { z } from "zod";
import { createOutput, VERSION } from "../../output.ts";
import { readSetFile } from "../../parameter-set/read-set-file.ts";
import { readUserFile } from "../../read-user-file.ts";
import { decimalNumber, strictCommand, wholeNumber } from "../../strict-command.ts";
import { createTrainerClient, type TrainerClient, trainerOptions } from "../../trainer-client.ts";
import { rolloutSchema, summaryOf } from "./shown-rollout.ts";
import { targetsOfRun } from "./targets-of-run.ts";

const args = {
  id: { type: "string", valueHint: "name", description: "Its name (default: made from the time)" },
  devices: { type: "string", valueHint: "names", description: "Devices in their order, with commas; or --group" },
  group: { type: "string", valueHint: "name", description: "All devices that say they are in this group" },
  set: {
    type: "string",
    valueHint: "file",
    description: "A sealed set, or values as JSON, for all of them; or --run, or --plan",
  },
  run: { type: "string", valueHint: "id", description: "What this run came to, for the devices it trained" },
  plan: { type: "string", valueHint: "file", description: "The whole request as YAML or JSON; docs/rollouts.md has the keys" },
  waves: { type: "string", valueHint: "sizes", description: "Such as 1,10%,50%; who is left makes a last wave" },
  success: {
    type: "string",
    valueHint: "share",
    description: "Of a wave must be good before the next one opens (default: 0.95)",
  },
  errors: { type: "string", valueHint: "share", description: "When more of a wave than that fail, it stops (default: 0.05)" },
  "in-flight": { type: "string", valueHint: "devices", description: "That have not answered, at the most (default: 50)" },
  timeout: { type: "string", valueHint: "seconds", description: "Who has not answered by then has failed (default: 600)" },
  approval: { type: "boolean", description: "Each wave but the first waits for ohmwork rollout approve" },
  "discard-local": { type: "boolean", description: "What devices learned in place may be lost" },
  "evidence-run": { type: "string", valueHint: "name", description: "The run that the set came of" },
  "evidence-samples": { type: "string", valueHint: "number", description: "Samples that it rests on" },
  "evidence-score": { type: "string", valueHint: "score", description: "What it scored on them" },
  ...trainerOptions,
  json: { type: "boolean", description: "Print one line of JSON" },
} as const;

export const start: CommandDef = strictCommand({
  name: "rollout start",
  description: "Begin a rollout; a trainer that was given --signing-key carries it out",
  args,
  run: async ({ id, devices, group, set, run, plan, json, at, "token-file": tokenFile, as, ...options }) => {
    const trainer = createTrainerClient({ at, "token-file": tokenFile, as });
    if ([plan, set, run].filter((one) => one !== undefined).length !== 1)
      throw new BadInputError("Expected --set, --run or --plan, and one of them only");
    if (set === undefined && (devices !== undefined || group !== undefined))
      throw new BadInputError("Expected --devices or --group only with --set: a plan and a run name their devices themselves");
    const planned = plan === undefined ? {} : parseConfig(await readUserFile(plan), plan, z.record(z.string(), z.unknown()));
    const given = run === undefined ? planned : await targetsOfRun(trainer, run);
    const targets = set === undefined ? {} : { targets: await targetsOf(trainer, { devices, group, set }) };
    const request = { ...given, ...targets, ...(id !== undefined && { id }), ...planOf(options) };
    const rollout = await trainer.post("/v1/rollouts", request, rolloutSchema);
    createOutput(json === true).result({ schema: "ohmwork.rollout/1", version: VERSION, rollout }, [summaryOf(rollout)]);
  },
});

type PlanOptions = { readonly [Key in keyof typeof args]?: string | boolean | undefined };

function planOf(options: PlanOptions): object {
  const text = (key: keyof PlanOptions): string | undefined => {
    const value = options[key];
    return typeof value === "string" ? value : undefined;
  };
  const share = (key: "success" | "errors"): number | undefined => decimalNumber(text(key), `--${key}`, { min: 0, max: 1 });
  const score = decimalNumber(text("evidence-score"), "--evidence-score", { min: -Number.MAX_VALUE, max: Number.MAX_VALUE });
  const samples = wholeNumber(text("evidence-samples"), "--evidence-samples", { min: 0 });
  const run = text("evidence-run");
  const isBacked = [score, samples, run].some((value) => value !== undefined);
  const given = {
    waves: wavesOf(text("waves")),
    successShare: share("success"),
    errorShare: share("errors"),
    inFlight: wholeNumber(text("in-flight"), "--in-flight", { min: 1 }),
    timeoutSeconds: decimalNumber(text("timeout"), "--timeout", { min: 1, max: 2_592_000, unit: "s" }),
    approval: options.approval === true ? true : undefined,
    discardLocal: options["discard-local"] === true ? true : undefined,
    evidence: isBacked
      ? { samples: samples ?? 0, ...(run !== undefined && { run }), ...(score !== undefined && { score }) }
      : undefined,
  };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

function wavesOf(text: string | undefined): Wave[] | undefined {
  return text?.split(",").map((word) => {
    const size = word.trim();
    const number = Number(size.replace(/%$/, ""));
    if (/^\d+(\.\d+)?%$/.test(size) && number <= 100) return { share: number / 100 };
    if (/^[1-9]\d*$/.test(size)) return { devices: number };
    throw new BadInputError(`Option --waves has "${size}", expected a number of devices or a share such as 10%`);
  });
}

const devicesSchema = z.object({
  devices: z.array(
    z.object({
      device: z.string(),
      birth: messages.birth.schema.optional(),
      reported: messages.reported.schema.optional(),
    }),
  ),
});

/** Keeps the set in the trainer's store: once, or of values one that follows on what each device has. */
async function targetsOf(
  trainer: TrainerClient,
  { devices: names, group, set: file }: { devices: string | undefined; group: string | undefined; set: string },
): Promise<{ device: string; set: string }[] | { group: string; set: string }> {
  if ((names === undefined) === (group === undefined))
    throw new BadInputError("Expected --devices or --group, and one of them only");
  const set = await readSetFile(file);
  const keep = async (bytes: Uint8Array): Promise<string> => {
    const body = { bytes: Buffer.from(bytes).toString("base64") };
    return (await trainer.post("/v1/parameters", body, z.object({ id: z.string() }))).id;
  };
  if (set.sealed !== undefined && group !== undefined) return { group, set: await keep(set.sealed.bytes) };
  const { devices } = await trainer.get("/v1/devices", devicesSchema);
  const known = new Map(devices.map((one) => [one.device, one]));
  const wanted =
    names?.split(",").map((name) => name.trim()) ??
    devices.filter(({ birth }) => birth?.groups?.includes(group ?? "") === true).map(({ device }) => device);
  if (wanted.length === 0) throw new BadInputError(`No device has said that it is in group ${group}`);
  const kept = new Set<string>();
  const targets: { device: string; set: string }[] = [];
  for (const device of wanted) {
    const { birth, reported } = known.get(device) ?? {};
    if (!deviceIdSchema.safeParse(device).success) throw new BadInputError(`${JSON.stringify(device)} names no device`);
    if (birth === undefined) throw new BadInputError(`The trainer has never heard of device ${device}`);
    const current = reported?.current?.sha256 ?? birth.parameters.sha256;
    const { id, bytes } = await set.sealFor({ ports: birth.ports, ...(current !== undefined && { current }) });
    if (!kept.has(id)) kept.add(await keep(bytes));
    targets.push({ device, set: id });
  }
  return targets;
}
