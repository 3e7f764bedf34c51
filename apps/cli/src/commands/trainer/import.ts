import { createReadStream } from "node:fs";
import { access, constants } from "node:fs/promises";
import { createInterface } from "node:readline";
import { BadInputError } from "@ohmwork/core";
import { openStore, readJsonLines, type StoreRecord } from "@ohmwork/trainer";
import type { CommandDef } from "citty";
import { createOutput, VERSION } from "../../output.ts";
import { strictCommand } from "../../strict-command.ts";
import { placeOfStore, storeOptions, withoutPassword } from "../../trainer-store.ts";
import { withFile } from "../../with-file.ts";

const args = {
  file: { type: "positional", required: true, description: "What ohmwork trainer export wrote" },
  ...storeOptions,
  json: { type: "boolean", description: "Print one line of JSON" },
} as const;

export const importStore: CommandDef = strictCommand({
  name: "trainer import",
  description: "Keep in a trainer's store what another one wrote out; what is there already stays, so that it can be repeated",
  args,
  run: async ({ file, json, ...where }) => {
    const place = placeOfStore(where);
    await access(file, constants.R_OK).catch((cause: NodeJS.ErrnoException) => {
      const why = cause.code === "ENOENT" ? "No such file" : "May not be read";
      throw new BadInputError(`${file}: ${why}`, { where: file }, { cause });
    });
    let records = 0;
    await using store = await openStore(place);
    const lines = createInterface({ input: createReadStream(file, "utf8"), crlfDelay: Infinity });
    const read = async function* (): AsyncGenerator<StoreRecord> {
      for await (const record of readJsonLines(lines)) {
        records += 1;
        yield record;
      }
    };
    await store.keepRecords(read()).catch((error: unknown) =>
      withFile(file, () => {
        throw error;
      }),
    );
    createOutput(json === true).result({ schema: "ohmwork.trainer-import/1", version: VERSION, file, records }, [
      `${records} records of ${file} are in ${withoutPassword(place)}`,
    ]);
  },
});
