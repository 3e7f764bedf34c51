import { BadInputError } from "@ohmwork/core";
import { stringify } from "csv-stringify/sync";
import { isTable, type StoreRecord } from "./records.ts";

/** Records as lines of JSON, one each. */
export async function* writeJsonLines(records: AsyncIterable<StoreRecord>): AsyncGenerator<string> {
  for await (const record of records) yield `${JSON.stringify(record)}\n`;
}

/**
 * Records in lines of JSON; `keepRecords` of a store takes them.
 *
 * @param lines without their ends, as `node:readline` gives them; empty ones are passed over
 * @throws BadInputError that names the line which is no record
 */
export async function* readJsonLines(lines: AsyncIterable<string>): AsyncGenerator<StoreRecord> {
  let number = 0;
  for await (const line of lines) {
    number += 1;
    if (line.trim() === "") continue;
    yield recordIn(line, number);
  }
}

function recordIn(line: string, number: number): StoreRecord {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (cause) {
    throw new BadInputError(`Line ${number} is not JSON`, { line: number }, { cause });
  }
  const table = typeof value === "object" && value !== null && "table" in value ? value.table : undefined;
  if (!isTable(table)) throw new BadInputError(`Line ${number} is of no table: ${JSON.stringify(table)}`, { line: number });
  return value as StoreRecord;
}

/**
 * Records of one table as CSV with a header (RFC 4180); what is no number, text or boolean stands in a cell as JSON. For
 * spreadsheets: what a cell begins with that one of them takes for a formula is quoted for them.
 */
export async function* writeCsv(records: AsyncIterable<StoreRecord>, table: StoreRecord["table"]): AsyncGenerator<string> {
  let columns: string[] | undefined;
  for await (const record of records) {
    if (record.table !== table) continue;
    const fields: Readonly<Record<string, unknown>> = record;
    if (columns === undefined) {
      columns = Object.keys(fields).filter((column) => column !== "table");
      yield stringify([columns]);
    }
    yield stringify([columns.map((column) => cellOf(fields[column]))], { escape_formulas: true });
  }
}

function cellOf(value: unknown): string {
  if (value === null || value === undefined) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}
