import { writeFileSync } from "node:fs";
import { BadInputError } from "@ohmwork/core";
import { createPassword, hashPassword, userOf } from "@ohmwork/runtime";
import type { CommandDef } from "citty";
import { createOutput, VERSION } from "../../output.ts";
import { strictCommand } from "../../strict-command.ts";
import { certificatePeriod, fleetAuthority } from "./fleet-authority.ts";
import {
  checkMember,
  type Enrolled,
  folderOption,
  hasCertificates,
  lockFleet,
  participantOf,
  readFleet,
  reloadNote,
  writeFleet,
} from "./fleet-folder.ts";

const args = {
  id: { type: "positional", required: true, description: "Name of the device, trainer, person or Home Assistant" },
  as: { type: "string", default: "device", valueHint: "role", description: "device, trainer, person or home-assistant" },
  out: { type: "string", valueHint: "file", description: "Where its secrets are written, once (default: role.id.yaml)" },
  folder: folderOption,
  json: { type: "boolean", description: "Print one line of JSON" },
} as const;

export const add: CommandDef = strictCommand({
  name: "fleet add",
  description: "Let a device, a trainer, a person or Home Assistant into a fleet, and write the file by which they prove it",
  args,
  run: async ({ id, as, out, folder, json }) => {
    const output = createOutput(json === true);
    const role = checkMember(as, id);
    using _ = lockFleet(folder);
    const file = readFleet(folder);
    const same = (one: Enrolled): boolean => one.role === role && one.id === id;
    if (file.members.some((one) => same(one) && !one.revoked)) {
      throw new BadInputError(`${role} ${id} is in fleet ${file.fleet} already: revoke it first to give it new secrets`);
    }
    const username = userOf({ who: participantOf(file.fleet, role, id), id });
    const { proof, kept } = hasCertificates(file) ? await certify(folder, username) : await givePassword(username);
    const member: Enrolled = { role, id, ...kept, revoked: false };
    const next = { ...file, members: [...file.members.filter((one) => !same(one)), member] };
    const credentials = out ?? `${role}.${id}.yaml`;
    const secrets = { ...proof, ...(role === "trainer" && { group: file.group }) };
    writeSecrets(
      credentials,
      Object.entries(secrets)
        .map(([key, value]) => (value.includes("\n") ? `${key}: |\n${value.replaceAll(/^(?=.)/gm, "  ")}` : `${key}: ${value}\n`))
        .join(""),
    );
    await writeFleet(folder, next);
    const { fleet, broker, updateKey } = file;
    output.result(
      { schema: "ohmwork.fleet-add/1", version: VERSION, fleet, role, id, username, broker, credentials, updateKey },
      [
        `${role} ${id} is in fleet ${fleet}. Its secrets are in ${credentials} and nowhere else: move that file to where it runs.`,
        ...hints[role]({ fleet, id, broker, credentials, updateKey }),
      ],
    );
    output.note(reloadNote(folder));
  },
});

/** What a new member is given, and what the fleet keeps of it. */
type Given = { readonly proof: Readonly<Record<string, string>>; readonly kept: { password: string } | { serial: string } };

async function givePassword(username: string): Promise<Given> {
  const password = createPassword();
  return { proof: { username, password }, kept: { password: await hashPassword(password) } };
}

async function certify(folder: string, username: string): Promise<Given> {
  const authority = await fleetAuthority(folder);
  const { cert, key, serial } = await authority.issue(username, certificatePeriod());
  return { proof: { ca: authority.ca, cert, key }, kept: { serial } };
}

type About = { fleet: string; id: string; broker: string; credentials: string; updateKey: string };
const hints: Readonly<Record<Enrolled["role"], (about: About) => string[]>> = {
  device: ({ fleet, id, broker, credentials, updateKey }) => [
    "In its config:",
    `  fleet: ${fleet}`,
    `  device: ${id}`,
    `  broker: ${broker}`,
    `  credentials: ${credentials}`,
    `  updateKeys: [${updateKey}]`,
  ],
  trainer: ({ fleet, id, broker, credentials }) => [
    `Run it:  ohmwork trainer --fleet ${fleet} --id ${id} --broker ${broker} --credentials ${credentials}`,
  ],
  "home-assistant": ({ broker }) => [
    `In Home Assistant add the integration MQTT, and give it what is in that file and the broker ${broker}.`,
    "Run a trainer with --home-assistant: it says there which devices there are.",
  ],
  person: ({ broker }) => [`Any MQTT client takes what is in it, at ${broker}.`],
};

function writeSecrets(file: string, text: string): void {
  try {
    writeFileSync(file, text, { mode: 0o600, flag: "wx" });
  } catch (cause) {
    const why =
      (cause as NodeJS.ErrnoException).code === "EEXIST" ? "Is there already, and is not written over" : (cause as Error).message;
    throw new BadInputError(`${file}: ${why}`, { where: file }, { cause });
  }
}
