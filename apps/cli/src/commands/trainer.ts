import { join } from "node:path";
import { BadInputError } from "@ohmwork/core";
import { loadCredentials, loadSigningKey, runUntilSignal } from "@ohmwork/runtime";
import { createHttpTokens, loadHttpTokens, type LogLevel, runTrainer, type RunTrainerOptions } from "@ohmwork/trainer";
import { isId } from "@ohmwork/wire";
import type { CommandDef } from "citty";
import { brokerOption } from "../broker-option.ts";
import { createOutput, VERSION } from "../output.ts";
import { stateFolder } from "../state-folder.ts";
import { strictCommand, wholeNumber } from "../strict-command.ts";
import { placeOfStore, storeOptions, withoutPassword } from "../trainer-store.ts";

const logLevels = ["debug", "info", "warn", "silent"] as const satisfies readonly LogLevel[];

const args = {
  broker: {
    type: "string",
    required: true,
    valueHint: "url",
    description: "Address of the MQTT broker, such as mqtt://localhost:1883",
  },
  credentials: { type: "string", valueHint: "file", description: "What ohmwork fleet add --as trainer wrote" },
  fleet: { type: "string", required: true, valueHint: "name", description: "The fleet whose devices are listened to" },
  ...storeOptions,
  http: {
    type: "string",
    valueHint: "port",
    description: "Show it all over HTTP, on loopback, to whoever asks; changing things takes a token",
  },
  "http-token-file": {
    type: "string",
    valueHint: "file",
    description: "Tokens, one name: token a line; made at the first start (default: http-tokens.yaml in --state)",
  },
  "http-guard": { type: "boolean", description: "Reading over HTTP takes a token too" },
  "signing-key": {
    type: "string",
    valueHint: "file",
    description: "The key that signs updates, update-key.pem of ohmwork fleet init: this trainer carries out rollouts and runs",
  },
  "runs-at-once": { type: "string", valueHint: "number", description: "Runs that it works on at a time (default: 4)" },
  "keep-days": { type: "string", valueHint: "days", description: "Delete what is older (default: keep everything)" },
  "home-assistant": { type: "boolean", description: "Tell Home Assistant of the devices, on the same broker" },
  log: {
    type: "string",
    default: "silent",
    valueHint: "level",
    description: `Write lines of JSON to standard output: ${logLevels.join(", ")}`,
  },
  id: {
    type: "string",
    default: "trainer-1",
    valueHint: "name",
    description: "Stable name of this trainer, unique in its fleet",
  },
  json: { type: "boolean", description: "Print one line of JSON at the end" },
} as const;

const listen: CommandDef = strictCommand({
  name: "trainer",
  description: "Keep what the devices of a fleet report, until Ctrl-C",
  args,
  run: async ({ broker, credentials: credentialsFile, fleet, state, id, json, ...options }) => {
    const output = createOutput(json === true);
    for (const [option, name] of [
      ["--fleet", fleet],
      ["--id", id],
    ] as const) {
      if (!isId(name)) throw new BadInputError(`Option ${option} is "${name}", expected 1 to 36 of a-z, 0-9 and -`);
    }
    const credentials = credentialsFile === undefined ? undefined : loadCredentials(credentialsFile);
    const log = logLevels.find((level) => level === options.log);
    if (log === undefined) throw new BadInputError(`Option --log is "${options.log}", expected ${logLevels.join(", ")}`);
    const port = wholeNumber(options.http, "--http", { min: 0, max: 65_535 });
    const runsAtOnce = wholeNumber(options["runs-at-once"], "--runs-at-once", { min: 1, max: 10_000 });
    const keepDays = wholeNumber(options["keep-days"], "--keep-days", { min: 1, max: 36_500 });
    const signer = options["signing-key"] === undefined ? undefined : await loadSigningKey(options["signing-key"]);
    const http = httpOf(port, options, state, output.note);
    const file = placeOfStore({ state, store: options.store });
    const place = withoutPassword(file);
    const links = new Map<string, string>();
    const { counts, summary } = await runUntilSignal((signal) =>
      runTrainer(
        {
          broker: brokerOption(broker),
          ...(credentials !== undefined && { credentials }),
          fleet,
          file,
          id,
          log,
          ...(http !== undefined && { http }),
          ...(signer !== undefined && { signer }),
          ...(runsAtOnce !== undefined && { runsAtOnce }),
          ...(keepDays !== undefined && { keepDays }),
          ...(options["home-assistant"] === true && { homeAssistant: { version: VERSION } }),
          onApi: (address) => output.note(`Shown at ${address}`),
          onReady: () => output.note(`Listening to fleet ${fleet} on ${withoutPassword(broker)}, keeping ${place}`),
          onStatus: (device, { state: link }) => {
            // A device says it again whenever it has news of itself.
            if (links.get(device) !== link) output.note(`${device} is ${link}`);
            links.set(device, link);
          },
          onProgress: (device, { step, steps, score }) =>
            output.note(`${device}: step ${step} of ${steps}${score === undefined ? "" : `, score ${score.toPrecision(4)}`}`),
          onRollout: (rollout, { what, detail = "" }) => output.note(`Rollout ${rollout}: ${what}. ${detail}`.trimEnd()),
          onRun: (run, { progress, reason = "", ...change }) => {
            const now = progress === undefined ? change.state : `step ${progress.steps} of ${progress.stepsInAll}`;
            output.note(`Run ${run}: ${now}${reason === "" ? "" : `, ${reason}`}`);
          },
          onTrouble: (message) => output.note(message),
        },
        signal,
      ),
    );
    const header = { schema: "ohmwork.trainer/1", version: VERSION, task: "trainer", system: fleet, rule: null, seed: null };
    output.result({ ...header, ...counts, stored: summary }, [
      `${summary.samples} samples of ${summary.devices.length} devices in ${place}; ${counts.samples} new, ${counts.duplicates} came again`,
    ]);
  },
});

export const trainer: CommandDef = {
  ...listen,
  subCommands: {
    export: () => import("./trainer/export.ts").then((module) => module.exportStore),
    import: () => import("./trainer/import.ts").then((module) => module.importStore),
  },
};

function httpOf(
  port: number | undefined,
  options: { readonly "http-token-file"?: string | undefined; readonly "http-guard"?: boolean | undefined },
  state: string,
  note: (line: string) => void,
): RunTrainerOptions["http"] {
  const { "http-token-file": given, "http-guard": guardReading = false } = options;
  if (port === undefined) {
    if (given !== undefined || guardReading)
      throw new BadInputError("Options --http-token-file and --http-guard are only of --http");
    return undefined;
  }
  const file = given ?? join(stateFolder(state), "http-tokens.yaml");
  const tokens = loadHttpTokens(file);
  note(`Tokens of those who may change things over HTTP: ${file}`);
  return { port, guardReading, tokens: createHttpTokens(tokens) };
}
