import { BadInputError } from "@ohmwork/core";
import { CsvError, parse } from "csv-parse/browser/esm/sync";

/** The cells of one row, trimmed, and the line of the text it begins on. */
export type CsvRow = { readonly line: number; readonly cells: readonly string[] };

/**
 * The rows of a CSV that are not blank, separated by comma, semicolon or tab, whichever its first line uses.
 *
 * @throws BadInputError with file and line when a quote stands where none may
 */
export function readCsvRows(text: string, file: string): CsvRow[] {
  const lines = text.replace(/\r\n?/g, "\n"); // csv-parse counts CRLF inside quotes as two lines
  try {
    const records: unknown = parse(lines, {
      bom: true,
      delimiter: delimiterOf(lines),
      info: true,
      record_delimiter: "\n",
      relax_column_count: true,
      skip_empty_lines: true,
      trim: true,
    });
    return (records as { info: { lines: number }; record: string[] }[]).map(({ info, record }) => ({
      line: info.lines - record.join("").split("\n").length + 1, // csv-parse gives the line a record ends on
      cells: record,
    }));
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const line = Number(error["lines"] ?? 1);
    throw new BadInputError(`${file}, line ${line}: misplaced or unclosed quote`, { where: file, line }, { cause: error });
  }
}

/** The separator met most often in the first line, outside quotes; where two tie, the comma is a decimal comma. */
function delimiterOf(text: string): string {
  const line = /\S.*/.exec(text)?.[0].replace(/"[^"]*"?/g, "") ?? "";
  const count = (character: string): number => line.split(character).length;
  return [";", "\t", ","].reduce((best, next) => (count(next) > count(best) ? next : best));
}
