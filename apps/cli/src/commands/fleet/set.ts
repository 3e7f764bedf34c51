import { BadInputError } from "@ohmwork/core";
import { openParameterSet } from "@ohmwork/wire";
import { type CommandDef, defineCommand } from "citty";
import { z } from "zod";
import { createOutput, nameValueLines, VERSION } from "../../output.ts";
import { readSetFile } from "../../parameter-set/read-set-file.ts";
import { strictCommand } from "../../strict-command.ts";
import { createTrainerClient, trainerOptions } from "../../trainer-client.ts";
import { writeUserFile } from "../../write-user-file.ts";

const json = { type: "boolean", description: "Print one line of JSON" } as const;

const show = strictCommand({
  name: "fleet set show",
  description: "What is in a sealed parameter set",
  args: { file: { type: "positional", required: true, description: "The file" }, json },
  run: async ({ file, json: isJson }) => {
    const { sealed } = await readSetFile(file);
    if (sealed === undefined) throw new BadInputError(`${file}: Holds bare values, and is no sealed set`, { where: file });
    const { id, set } = sealed;
    const values = Array.from(set.values, (value) => (Number.isFinite(value) ? value : null));
    createOutput(isJson === true).result({ schema: "ohmwork.fleet-set/1", version: VERSION, id, set: { ...set, values } }, [
      `Set ${id}`,
      ...nameValueLines([
        ["values", `${values.length}, from ${Math.min(...set.values)} to ${Math.max(...set.values)}`],
        ["follows on", set.parent ?? "none"],
        ["for ports", set.ports],
        ["classes", set.classes.length === 0 ? "none" : set.classes.join(", ")],
        ["origin", set.origin],
        ["made", new Date(set.madeAt).toISOString()],
      ]),
    ]);
  },
});

const exportSet = strictCommand({
  name: "fleet set export",
  description: "Write a parameter set of a trainer's store into a file, sealed as it is",
  args: {
    id: { type: "positional", required: true, description: "Id of the set" },
    out: { type: "string", required: true, valueHint: "file", description: "Where to write it" },
    ...trainerOptions,
    json,
  },
  run: async ({ id, out, json: isJson, ...trainer }) => {
    const path = `/v1/parameters/${encodeURIComponent(id)}`;
    const { bytes: text } = await createTrainerClient(trainer).get(path, z.object({ bytes: z.base64() }));
    const bytes = new Uint8Array(Buffer.from(text, "base64"));
    const opened = await openParameterSet(bytes);
    if (!opened.ok || opened.value.id !== id) throw new BadInputError(`What the trainer gave is not set ${id}`);
    await writeUserFile(out, bytes);
    createOutput(isJson === true).result({ schema: "ohmwork.fleet-set-export/1", version: VERSION, id, out }, [
      `Set ${id} is in ${out}`,
    ]);
  },
});

/** Parameter sets in files. */
export const set: CommandDef = defineCommand({
  meta: { name: "ohmwork fleet set", description: "Look at parameter sets, and take them out of a trainer's store" },
  subCommands: { show: async () => show, export: async () => exportSet },
});
