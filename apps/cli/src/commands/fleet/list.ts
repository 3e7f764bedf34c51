import type { CommandDef } from "citty";
import { createOutput, nameValueLines, VERSION } from "../../output.ts";
import { strictCommand } from "../../strict-command.ts";
import { folderOption, readFleet } from "./fleet-folder.ts";

const args = { folder: folderOption, json: { type: "boolean", description: "Print one line of JSON" } } as const;

export const list: CommandDef = strictCommand({
  name: "fleet list",
  description: "Who is in a fleet, and who was",
  args,
  run: async ({ folder, json }) => {
    const { fleet, broker, updateKey, members } = readFleet(folder);
    const shown = members.map(({ role, id, revoked }) => ({ role, id, revoked }));
    createOutput(json === true).result(
      { schema: "ohmwork.fleet-list/1", version: VERSION, fleet, broker, updateKey, members: shown },
      [
        `Fleet ${fleet} at ${broker}: ${members.length === 0 ? "nobody yet" : ""}`.trimEnd(),
        ...(shown.length === 0
          ? []
          : nameValueLines(shown.map(({ role, id, revoked }) => [`${role} ${id}`, revoked ? "revoked" : "let in"]))),
      ],
    );
  },
});
