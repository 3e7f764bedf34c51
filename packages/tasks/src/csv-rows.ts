import { BadInputError } from "@ohmwork/core";
import { CsvError, parse } from "csv-parse/browser/esm/sync";

/** The cells of one row, trimmed, and the line of the text it begins on. */
export type CsvRow = { readonly line: number; readonly cells: readonly string[] };

/** Refuses the file for what stands on a line. @throws BadInputError always */
export type CsvFail = (line: number, problem: string) => never;

/**
 * The rows of a CSV that are not blank, separated by comma, semicolon or tab, whichever its first line has most of.
 *
 * @throws BadInputError with file and line when a quote stands where none may
 */
export function readCsvRows(text: string, file: string): CsvRow[] {
  const lines = text.replace(/^\uFEFF/, "").replace(/\r\n?/g, "\n"); // csv-parse counts CRLF inside quotes as two lines
  try {
    const records: unknown = parse(lines, {
      delimiter: delimiterOf(lines),
      info: true,
      max_record_size: 0,
      record_delimiter: "\n",
      relax_column_count: true,
      skip_empty_lines: true,
      trim: true,
    });
    return (records as { info: { lines: number }; record: string[] }[]).map(({ info, record }) => ({
      line: info.lines - newlines(record.join("")), // csv-parse gives the line a record ends on
      cells: record.map((cell) => cell.trim()),
    }));
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const line = lineOfRow(lines, Number(error["bytes"]));
    throw new BadInputError(`${file}:${line}: Quote misplaced or not closed`, { where: file, line }, { cause: error });
  }
}

/** The separator met most often in the first line, outside quotes; where comma and semicolon tie, the comma is a decimal comma. */
function delimiterOf(text: string): string {
  const line = /\S.*/.exec(text.replace(/"[^"]*"/g, ""))?.[0] ?? "";
  const count = (character: string): number => line.split(character).length;
  return [";", "\t", ","].reduce((best, next) => (count(next) > count(best) ? next : best));
}

function newlines(text: string): number {
  return text.split("\n").length - 1;
}

/** Line of the row that csv-parse gave up on: it has counted the bytes before it, less some blank lines or plus a character. */
function lineOfRow(text: string, bytes: number): number {
  const before = new TextDecoder().decode(new TextEncoder().encode(text).subarray(0, bytes));
  const blank = /^$|\n$/.test(before) ? (/^\s*/.exec(text.slice(before.length))?.[0] ?? "") : "";
  return newlines(before) + newlines(blank) + 1;
}
