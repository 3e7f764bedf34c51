import { BadInputError } from "@ohmwork/core";
import type { CommandDef } from "citty";
import { createOutput, VERSION } from "../../output.ts";
import { strictCommand } from "../../strict-command.ts";
import { checkMember, folderOption, lockFleet, readFleet, reloadNote, writeFleet } from "./fleet-folder.ts";

const args = {
  id: { type: "positional", required: true, description: "Name of the device, trainer, person or Home Assistant" },
  as: { type: "string", default: "device", valueHint: "role", description: "device, trainer, person or home-assistant" },
  folder: folderOption,
  json: { type: "boolean", description: "Print one line of JSON" },
} as const;

export const revoke: CommandDef = strictCommand({
  name: "fleet revoke",
  description: "Let a device, a trainer, a person or Home Assistant into a fleet no longer",
  args,
  run: async ({ id, as, folder, json }) => {
    const output = createOutput(json === true);
    const role = checkMember(as, id);
    using _ = lockFleet(folder);
    const file = readFleet(folder);
    const member = file.members.find((one) => one.role === role && one.id === id && !one.revoked);
    if (member === undefined) throw new BadInputError(`No ${role} ${id} is in fleet ${file.fleet}`);
    const members = file.members.map((one) => (one === member ? { ...one, revoked: true } : one));
    const revokedSerials = [...file.revokedSerials, ...(member.serial === undefined ? [] : [member.serial])];
    await writeFleet(folder, { ...file, members, revokedSerials });
    output.result({ schema: "ohmwork.fleet-revoke/1", version: VERSION, fleet: file.fleet, role, id }, [
      `${role} ${id} is in fleet ${file.fleet} no longer, as soon as the broker knows.`,
    ]);
    output.note(reloadNote(folder));
  },
});
