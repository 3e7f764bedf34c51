import { BadInputError } from "@ohmwork/core";
import { quoteCell, readCell } from "./csv-cell.ts";
import { readLabels } from "./csv-labels.ts";
import { type CsvFail, type CsvRow, readCsvRows } from "./csv-rows.ts";
import { createDataset, type Dataset } from "./dataset.ts";

/**
 * A labelled CSV as a data set: numbers in every column but the last, the class (a name or a number) in the last. Comma,
 * semicolon or tab separate; a header is recognised by its names. scikit-learn's own files (a first line of rows, features
 * and class names) are read too.
 *
 * @param options.file name for messages and for the data set. @default "CSV"
 * @throws BadInputError with file and line for anything else
 */
export function parseCsv(text: string, options: { readonly file?: string } = {}): Dataset {
  const file = options.file ?? "CSV";
  const fail: CsvFail = (line, problem) => {
    throw new BadInputError(`${file}:${line}: ${problem[0]?.toUpperCase()}${problem.slice(1)}`, { where: file, line });
  };
  const all = readCsvRows(text, file);
  const [first] = all;
  if (first === undefined) return fail(1, "no rows, expected numbers and a class in each");
  const classNames = scikitClassNames(all);
  const header = classNames === undefined && isHeader(first, fail) ? first : undefined;
  const rows = classNames === undefined && header === undefined ? all : all.slice(1);
  const model = header ?? rows[0] ?? first;
  const width = model.cells.length;
  if (width < 2) return fail(model.line, `only one column: ${quoteCell(model.cells[0] as string)}, expected numbers and a class`);
  if (rows.length === 0) return fail(first.line, "no rows after the header, expected numbers and a class in each");

  const featureNames = Array.from({ length: width - 1 }, (_, i) => header?.cells[i] || `column ${i + 1}`);
  const features = new Float32Array(rows.length * featureNames.length);
  for (const [i, { cells, line }] of rows.entries()) {
    if (cells.length !== width) fail(line, `${countOf(cells.length, "column")}, expected ${width} as in line ${model.line}`);
    for (const [j, name] of featureNames.entries()) {
      features[i * featureNames.length + j] = readNumber(cells[j] as string, name, line, fail);
    }
  }
  const { classes, labels } = readLabels(rows, fail);
  return createDataset({ name: file, source: file, featureNames, features, classes: classNames ?? classes, labels });
}

const problems = { missing: "missing value", infinite: "infinite number", text: "text" } as const;

function readNumber(text: string, column: string, line: number, fail: CsvFail): number {
  const cell = readCell(text);
  if (cell.kind === "number") return cell.value;
  const expected = /^[+-]?\d*,\d+$/.test(text) ? "a number with a decimal point" : "a number";
  return fail(line, `${problems[cell.kind]} in ${quoteCell(column)}: ${quoteCell(text)}, expected ${expected}`);
}

/** A header has names and no numbers; a row with one text among its numbers is a mistake that must not pass for a header. */
function isHeader(row: CsvRow, fail: CsvFail): boolean {
  const features = row.cells.slice(0, -1);
  const name = features.find((text) => readCell(text).kind === "text");
  if (name === undefined) return false;
  if (features.some((text) => readCell(text).kind === "number")) {
    fail(row.line, `text among numbers: ${quoteCell(name)}, expected a header of names or a row of numbers and a class`);
  }
  return true;
}

/** Class names from a first line of scikit-learn's own kind, `rows,features,name,name…` over rows of labels 0, 1, …; else undefined. */
function scikitClassNames(all: readonly CsvRow[]): readonly string[] | undefined {
  const [first, ...rows] = all;
  const [count, features, ...names] = first?.cells ?? [];
  if (Number(count) !== rows.length || Number(features) !== (rows[0]?.cells.length ?? 0) - 1) return undefined;
  const labels = new Set(rows.map((row) => row.cells.at(-1)));
  return names.length > 1 && labels.size === names.length && names.every((_, i) => labels.has(String(i))) ? names : undefined;
}

function countOf(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}
