import { writeFileSync } from "node:fs";
import { BadInputError } from "@ohmwork/core";
import { createPassword, hashPassword, userOf } from "@ohmwork/runtime";
import type { CommandDef } from "citty";
import { createOutput, VERSION } from "../../output.ts";
import { strictCommand } from "../../strict-command.ts";
import { checkMember, type Enrolled, folderOption, membersOf, readFleet, reloadNote, writeFleet } from "./fleet-folder.ts";

const args = {
  id: { type: "positional", required: true, description: "Name of the device, trainer or person" },
  as: { type: "string", default: "device", valueHint: "role", description: "device, trainer or person" },
  out: { type: "string", valueHint: "file", description: "Where its secrets are written, once (default: role.id.yaml)" },
  folder: folderOption,
  json: { type: "boolean", description: "Print one line of JSON" },
} as const;

export const add: CommandDef = strictCommand({
  name: "fleet add",
  description: "Let a device, a trainer or a person into a fleet, and write the file by which they prove it",
  args,
  run: async ({ id, as, out, folder, json }) => {
    const output = createOutput(json === true);
    const role = checkMember(as, id);
    const file = readFleet(folder);
    const same = (one: Enrolled): boolean => one.role === role && one.id === id;
    if (file.members.some((one) => same(one) && !one.revoked)) {
      throw new BadInputError(`${role} ${id} is in fleet ${file.fleet} already: revoke it first to give it new secrets`);
    }
    const password = createPassword();
    const member: Enrolled = { role, id, password: await hashPassword(password), revoked: false };
    const next = { ...file, members: [...file.members.filter((one) => !same(one)), member] };
    const added = membersOf({ ...next, members: [member] })[0];
    if (added === undefined) throw new TypeError(`No member was made of ${role} ${id}`);
    const username = userOf(added);
    const credentials = out ?? `${role}.${id}.yaml`;
    const secrets = { username, password, ...(role === "trainer" && { group: file.group }) };
    writeSecrets(
      credentials,
      Object.entries(secrets)
        .map(([key, value]) => `${key}: ${value}\n`)
        .join(""),
    );
    writeFleet(folder, next);
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
  person: ({ broker }) => [`Any MQTT client takes its username and password, at ${broker}.`],
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
