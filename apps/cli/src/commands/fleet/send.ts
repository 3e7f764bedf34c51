import { join } from "node:path";
import { BadInputError, OhmworkError } from "@ohmwork/core";
import { type Credentials, loadCredentials, loadSigningKey, runUntilSignal } from "@ohmwork/runtime";
import { deviceIdSchema, isId } from "@ohmwork/wire";
import type { CommandDef } from "citty";
import { brokerOption } from "../../broker-option.ts";
import { createOutput, VERSION } from "../../output.ts";
import { readSetFile } from "../../parameter-set/read-set-file.ts";
import { type Sent, sendSet } from "../../parameter-set/send-set.ts";
import { decimalNumber, strictCommand } from "../../strict-command.ts";
import { folderOption, readFleet } from "./fleet-folder.ts";

const args = {
  device: { type: "positional", required: false, description: "The device; or --group for several" },
  group: { type: "string", valueHint: "name", description: "All devices that say they are in this group" },
  set: { type: "string", required: true, valueHint: "file", description: "A sealed set, or values as JSON" },
  credentials: {
    type: "string",
    valueHint: "file",
    description:
      "Of a trainer of its own for this command (fleet add NAME --as trainer): two of one name take the link from each other",
  },
  broker: { type: "string", valueHint: "url", description: "Address of the broker (default: the fleet's)" },
  "signing-key": { type: "string", valueHint: "file", description: "The key that signs (default: the fleet's update-key.pem)" },
  "discard-local": { type: "boolean", description: "What a device learned in place may be lost" },
  wait: { type: "string", default: "90", valueHint: "seconds", description: "How long to wait for what became of it" },
  folder: folderOption,
  json: { type: "boolean", description: "Print one line of JSON" },
} as const;

export const send: CommandDef = strictCommand({
  name: "fleet send",
  description: "Sign an update, send it, and wait for what becomes of it; who does not answer in time is not sent it any more",
  args,
  run: async ({ device, group, set: file, credentials, folder, json, ...options }) => {
    const output = createOutput(json === true);
    const { fleet, broker: fleetBroker } = readFleet(folder);
    const seconds = decimalNumber(options.wait, "--wait", { min: 1, max: 86_400, unit: "s" }) ?? 0;
    if (credentials === undefined && options.broker === undefined)
      throw new BadInputError(`Option --credentials is missing: the broker of fleet ${fleet} ${onlyTrainers}`);
    const set = await readSetFile(file);
    const sent = await runUntilSignal(async (signal) =>
      sendSet({
        fleet,
        broker: brokerOption(options.broker ?? fleetBroker),
        ...(credentials !== undefined && { credentials: credentialsOf(credentials) }),
        signer: await loadSigningKey(options["signing-key"] ?? join(folder, "update-key.pem")),
        to: targetOf(device, group),
        set,
        discardLocal: options["discard-local"] === true,
        seconds,
        signal,
        onNote: output.note,
      }),
    );
    output.result({ schema: "ohmwork.fleet-send/1", version: VERSION, fleet, devices: sent }, sent.map(lineOf));
    const failed = sent.filter(({ state }) => state !== "good").map((one) => one.device);
    if (failed.length > 0) throw new UpdateFailedError(`Without the update: ${failed.join(", ")}`, { failed });
  },
});

/** A device was sent an update, and does not have it. */
class UpdateFailedError extends OhmworkError<{ failed: readonly string[] }> {
  readonly code = "update-failed";
}

const onlyTrainers = "takes updates of trainers only (ohmwork fleet add NAME --as trainer)";

/** @throws BadInputError when they are those of a device or a person, whose link they would take */
function credentialsOf(file: string): Credentials {
  const credentials = loadCredentials(file);
  const { username } = credentials;
  if (username === undefined || username.startsWith("trainer.")) return credentials;
  throw new BadInputError(`${file}: Is of ${username}, and a broker ${onlyTrainers}`, { where: file });
}

function targetOf(device: string | undefined, group: string | undefined): { device: string } | { group: string } {
  if ((device === undefined) === (group === undefined))
    throw new BadInputError("Expected a device or --group, and one of them only");
  if (device !== undefined && !deviceIdSchema.safeParse(device).success) {
    throw new BadInputError(`${JSON.stringify(device)} names no device, expected 1 to 36 of a-z, 0-9 and -, not trainer`);
  }
  if (group !== undefined && !isId(group)) {
    throw new BadInputError(`Option --group is ${JSON.stringify(group)}, expected 1 to 36 of a-z, 0-9 and -`);
  }
  return device === undefined ? { group: group ?? "" } : { device };
}

function lineOf({ device, version, state, reason, detail, probe }: Sent): string {
  const score = probe === undefined ? "" : `, score ${probe.before.toPrecision(4)} → ${probe.after.toPrecision(4)}`;
  const why = reason === undefined ? "" : ` (${reason}${detail === undefined ? "" : `: ${detail}`})`;
  return `${device}: version ${version} ${state}${why}${score}`;
}
