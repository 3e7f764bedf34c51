import { BadInputError } from "@ohmwork/core";
import { type CsvRow, readCsvRows } from "./csv-rows.ts";
import { createDataset, type Dataset } from "./dataset.ts";

/** What people and programs write where a value is missing. */
const missing = new Set(["", "?", "-", "na", "n/a", "nan", "null", "none"]);
const number = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
const infinite = /^[+-]?inf(inity)?$/i;

type Cell = { kind: "number"; value: number } | { kind: "missing" } | { kind: "infinite" } | { kind: "text" };

function cellOf(text: string): Cell {
  if (missing.has(text.toLowerCase())) return { kind: "missing" };
  if (infinite.test(text)) return { kind: "infinite" };
  if (!number.test(text)) return { kind: "text" };
  const value = Math.fround(Number(text)); // a batch holds 32-bit floats, whose range ends at 3.4e38
  return Number.isFinite(value) ? { kind: "number", value } : { kind: "infinite" };
}

/** Text of the user's on one line of a message. */
function quote(text: string): string {
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 39)}…` : text);
}

/**
 * A labelled CSV as a data set: numbers in every column but the last, the class (a name or a number) in the last.
 * A header is recognised by its names; comma, semicolon or tab separate. Number classes stand in rising order, named
 * classes in the order of their characters, whatever the order of the rows.
 *
 * @throws BadInputError with file and line for anything else
 */
export function parseCsv(text: string, options: { readonly file?: string } = {}): Dataset {
  const file = options.file ?? "CSV";
  const fail = (line: number, problem: string): never => {
    throw new BadInputError(`${file}, line ${line}: ${problem}`, { where: file, line });
  };
  const rows = readCsvRows(text, file);
  const [first] = rows;
  if (first === undefined) return fail(1, "no rows, expected numbers and a class in each");
  const width = first.cells.length;
  if (width < 2) return fail(first.line, `only one column (${quote(first.cells[0] ?? "")}), expected numbers and a class`);

  const header = isHeader(first, fail) ? rows.shift() : undefined;
  const featureNames = Array.from({ length: width - 1 }, (_, i) => header?.cells[i] || `column ${i + 1}`);
  if (rows.length === 0) return fail(first.line, "no rows after the header, expected numbers and a class in each");

  const features = new Float32Array(rows.length * featureNames.length);
  for (const [i, row] of rows.entries()) {
    if (row.cells.length !== width) fail(row.line, `${row.cells.length} columns, expected ${width} as in line ${first.line}`);
    for (const [j, name] of featureNames.entries()) {
      const text = row.cells[j] as string;
      const cell = cellOf(text);
      if (cell.kind === "number") features[i * featureNames.length + j] = cell.value;
      else fail(row.line, `${problems[cell.kind]} in ${quote(name)}: ${quote(text)}, expected a number`);
    }
    if (cellOf(row.cells[width - 1] as string).kind === "missing") {
      fail(row.line, `missing class in the last column: ${quote(row.cells[width - 1] as string)}, expected a name or a number`);
    }
  }
  const { classes, labels } = readLabels(rows, fail);
  return createDataset({ name: file, source: file, featureNames, features, classes, labels });
}

const problems = { missing: "missing value", infinite: "infinite number", text: "text" } as const;

type Fail = (line: number, problem: string) => never;

/** A header has names and no numbers; a row whose numbers hold one text is a mistake that must not pass for a header. */
function isHeader(row: CsvRow, fail: Fail): boolean {
  const cells = row.cells.slice(0, -1);
  const kinds = cells.map((text) => cellOf(text).kind);
  const name = kinds.indexOf("text");
  if (name === -1) return false;
  if (kinds.includes("number")) {
    fail(row.line, `names and numbers mixed (${quote(cells[name] as string)}), expected a header of names or a row of numbers`);
  }
  return true;
}

function readLabels(rows: readonly CsvRow[], fail: Fail): { classes: string[]; labels: Uint32Array } {
  const texts = rows.map((row) => row.cells.at(-1) as string);
  const numeric = texts.every((text) => cellOf(text).kind === "number");
  const names = numeric ? texts.map((text) => String(Number(text))) : texts; // 1 and 1.0 are one class
  const lines = new Map<string, number>();
  const counts = new Map<string, number>();
  for (const [i, name] of names.entries()) {
    if (!lines.has(name)) lines.set(name, rows[i]?.line as number);
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  const classes = [...counts.keys()].toSorted(numeric ? (a, b) => Number(a) - Number(b) : undefined);
  const [firstClass] = classes as [string];
  if (classes.length === 1 && rows.length > 1)
    fail(lines.get(firstClass) as number, `every row has class ${quote(firstClass)}, expected two classes or more`);
  const lonely = names.find((name) => counts.get(name) === 1);
  if (lonely !== undefined) {
    const line = lines.get(lonely) as number;
    if (numeric && classes.length > 2 && classes.length * 2 > rows.length) {
      fail(
        line,
        `the last column looks like a measurement: ${classes.length} different numbers in ${rows.length} rows, expected a few classes`,
      );
    }
    if (rows.length < classes.length * 2)
      fail(line, `too few rows: ${rows.length} for ${classes.length} classes, expected 2 or more of each`);
    fail(line, `class ${quote(lonely)} has one row only, expected 2 or more: one to learn from, one to test`);
  }
  const index = new Map(classes.map((name, i) => [name, i]));
  return { classes, labels: Uint32Array.from(names, (name) => index.get(name) as number) };
}
