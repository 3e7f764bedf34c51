import { createWriteStream } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { BadInputError } from "@ohmwork/core";
import { openStore, type StoreRecord, writeCsv, writeJsonLines } from "@ohmwork/trainer";
import type { CommandDef } from "citty";
import { createOutput, VERSION } from "../../output.ts";
import { strictCommand } from "../../strict-command.ts";
import { placeOfStore, storeOptions, withoutPassword } from "../../trainer-store.ts";
import { expectWritable } from "../../write-user-file.ts";

const args = {
  ...storeOptions,
  out: { type: "string", required: true, valueHint: "file", description: "Where it is written, for its owner only" },
  table: {
    type: "string",
    valueHint: "name",
    description: "One table as CSV, such as samples (default: everything, as lines of JSON that import takes)",
  },
  json: { type: "boolean", description: "Print one line of JSON" },
} as const;

export const exportStore: CommandDef = strictCommand({
  name: "trainer export",
  description: "Write out a trainer's store, while trainers run or not",
  args,
  run: async ({ out, table, json, ...where }) => {
    const place = placeOfStore(where);
    await expectWritable(out);
    const counts: Record<string, number> = {};
    await using store = await openStore(place);
    const records = counted(store.records(), counts);
    const part = `${out}.${process.pid}.part`;
    try {
      const text = table === undefined ? writeJsonLines(records) : writeCsv(records, table as StoreRecord["table"]);
      await pipeline(text, createWriteStream(part, { mode: 0o600, flags: "wx", flush: true }));
      if (table !== undefined && counts[table] === undefined) throw new BadInputError(noTable(table, place, counts));
      await rename(part, out);
    } catch (error) {
      await rm(part, { force: true });
      throw error;
    }
    const written = table === undefined ? counts : { [table]: counts[table] };
    const lines = Object.entries(written).map(([name, count]) => `${count} ${name}`);
    createOutput(json === true).result({ schema: "ohmwork.trainer-export/1", version: VERSION, out, records: written }, [
      `${out}: ${lines.length === 0 ? "nothing is kept yet" : lines.join(", ")}`,
    ]);
  },
});

async function* counted(records: AsyncIterable<StoreRecord>, counts: Record<string, number>): AsyncGenerator<StoreRecord> {
  for await (const record of records) {
    counts[record.table] = (counts[record.table] ?? 0) + 1;
    yield record;
  }
}

function noTable(table: string, place: string, counts: Readonly<Record<string, number>>): string {
  const known = Object.keys(counts);
  return `Table ${JSON.stringify(table)} has nothing in ${withoutPassword(place)}, ${known.length === 0 ? "and no other has" : `expected ${known.join(", ")}`}`;
}
