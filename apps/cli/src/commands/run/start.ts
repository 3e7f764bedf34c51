import { BadInputError } from "@ohmwork/core";
import type { CommandDef } from "citty";
import { z } from "zod";
import { createOutput, VERSION } from "../../output.ts";
import { decimalNumber, strictCommand, wholeNumber } from "../../strict-command.ts";
import { createTrainerClient, trainerOptions } from "../../trainer-client.ts";
import { runSchema, summaryOf } from "./shown-run.ts";

const args = {
  task: { type: "positional", required: true, description: "digits or vowel-formants, the data that come along" },
  system: { type: "string", required: true, valueHint: "name", description: "Whose network is trained, as in ohmwork train" },
  devices: {
    type: "string",
    valueHint: "names",
    description: "Devices by the names the network calls them: crystal=crystal-1, with commas; or --group",
  },
  group: { type: "string", valueHint: "name", description: "A run for each device that says it is in this group" },
  rule: { type: "string", default: "pat", valueHint: "name", description: "How, as in ohmwork train" },
  seed: { type: "string", default: "1", valueHint: "number", description: "Of everything that is drawn" },
  epochs: { type: "string", valueHint: "number", description: "Times through the training rows (default: the system's own)" },
  rows: { type: "string", valueHint: "number", description: "Only the first so many training rows" },
  window: {
    type: "string",
    valueHint: "windows",
    description: "Narrower windows of parameters, device.port=min..max with semicolons: crystal.trainable pixel=-5..5",
  },
  "commit-every": { type: "string", valueHint: "steps", description: "Steps between two commits (default: 20)" },
  ...trainerOptions,
  json: { type: "boolean", description: "Print one line of JSON" },
} as const;

export const start: CommandDef = strictCommand({
  name: "run start",
  description: "Begin a run; a trainer that was given --signing-key works on it",
  args,
  run: async ({ task, system, devices, group, rule, json, at, "token-file": tokenFile, as, ...options }) => {
    if ((devices === undefined) === (group === undefined))
      throw new BadInputError("Expected --devices or --group, and one of them only");
    const given = {
      seed: wholeNumber(options.seed, "--seed", { min: 0, max: 0xffff_ffff }),
      epochs: wholeNumber(options.epochs, "--epochs", { min: 1, max: 100_000 }),
      rows: wholeNumber(options.rows, "--rows", { min: 1 }),
      commitEvery: wholeNumber(options["commit-every"], "--commit-every", { min: 1, max: 10_000 }),
      windows: options.window === undefined ? undefined : windowsOf(options.window),
      devices: devices === undefined ? undefined : devicesOf(devices),
      group,
    };
    const asked = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
    const trainer = createTrainerClient({ at, "token-file": tokenFile, as });
    const schema = z.object({ runs: z.array(runSchema) });
    const { runs } = await trainer.post("/v1/runs", { task, system, rule, ...asked }, schema);
    createOutput(json === true).result({ schema: "ohmwork.run-start/1", version: VERSION, runs }, runs.map(summaryOf));
  },
});

function devicesOf(text: string): Record<string, string> {
  const pairs = text.split(",").map((pair): [string, string] => {
    const [name = "", device = "", more] = pair.trim().split("=");
    if (name !== "" && device !== "" && more === undefined) return [name, device];
    throw new BadInputError(`Option --devices has "${pair.trim()}", expected one like crystal=crystal-1`);
  });
  return Object.fromEntries(pairs);
}

type Windows = Record<string, Record<string, { min: number; max: number }>>;

function windowsOf(text: string): Windows {
  const windows: Windows = {};
  for (const part of text.split(";")) {
    const [, name, port, low, high] = /^\s*([^.=]+)\.([^=]+)=(-?[\d.e+-]+?)\.\.(-?[\d.e+-]+)\s*$/.exec(part) ?? [];
    const all = { min: -Number.MAX_VALUE, max: Number.MAX_VALUE };
    const [min, max] = [low, high].map((end) => decimalNumber(end, "--window", all));
    if (name === undefined || port === undefined || min === undefined || max === undefined)
      throw new BadInputError(`Option --window has "${part.trim()}", expected one like crystal.trainable pixel=-5..5`);
    windows[name] = { ...windows[name], [port]: { min, max } };
  }
  return windows;
}
