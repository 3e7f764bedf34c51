import { join } from "node:path";
import { BadInputError } from "@ohmwork/core";
import { loadCredentials, runUntilSignal } from "@ohmwork/runtime";
import { runTrainer } from "@ohmwork/trainer";
import { isId } from "@ohmwork/wire";
import type { CommandDef } from "citty";
import { createOutput, VERSION } from "../output.ts";
import { stateFolder } from "../state-folder.ts";
import { strictCommand } from "../strict-command.ts";

const args = {
  broker: {
    type: "string",
    required: true,
    valueHint: "url",
    description: "Address of the MQTT broker, such as mqtt://localhost:1883",
  },
  credentials: { type: "string", valueHint: "file", description: "What ohmwork fleet add --as trainer wrote" },
  fleet: { type: "string", required: true, valueHint: "name", description: "The fleet whose devices are listened to" },
  state: { type: "string", default: "ohmwork-state", valueHint: "folder", description: "Where trainer.sqlite is kept" },
  id: {
    type: "string",
    default: "trainer-1",
    valueHint: "name",
    description: "Stable name of this trainer, unique in its fleet",
  },
  json: { type: "boolean", description: "Print one line of JSON at the end" },
} as const;

export const trainer: CommandDef = strictCommand({
  name: "trainer",
  description: "Keep what the devices of a fleet report, until Ctrl-C",
  args,
  run: async ({ broker, credentials: credentialsFile, fleet, state, id, json }) => {
    const output = createOutput(json === true);
    for (const [option, name] of [
      ["--fleet", fleet],
      ["--id", id],
    ] as const) {
      if (!isId(name)) throw new BadInputError(`Option ${option} is "${name}", expected 1 to 36 of a-z, 0-9 and -`);
    }
    const credentials = credentialsFile === undefined ? undefined : loadCredentials(credentialsFile);
    const file = join(stateFolder(state), "trainer.sqlite");
    const { counts, summary } = await runUntilSignal((signal) =>
      runTrainer(
        {
          broker,
          ...(credentials !== undefined && { credentials }),
          fleet,
          file,
          id,
          onReady: () => output.note(`Listening to fleet ${fleet} on ${withoutPassword(broker)}, keeping ${file}`),
          onStatus: (device, { state: link }) => output.note(`${device} is ${link}`),
          onProgress: (device, { step, steps, score }) =>
            output.note(`${device}: step ${step} of ${steps}${score === undefined ? "" : `, score ${score.toPrecision(4)}`}`),
          onTrouble: (message) => output.note(message),
        },
        signal,
      ),
    );
    const header = { schema: "ohmwork.trainer/1", version: VERSION, task: "trainer", system: fleet, rule: null, seed: null };
    output.result({ ...header, ...counts, stored: summary }, [
      `${summary.samples} samples of ${summary.devices.length} devices in ${file}; ${counts.samples} new, ${counts.duplicates} came again`,
    ]);
  },
});

function withoutPassword(url: string): string {
  return url.replace(/\/\/[^@/]*@/, "//");
}
