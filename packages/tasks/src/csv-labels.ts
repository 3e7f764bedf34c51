import { quoteCell, readCell } from "./csv-cell.ts";
import type { CsvFail, CsvRow } from "./csv-rows.ts";

/** Different numbers in a label column above which, some of them met once, it is taken for a measurement. */
const mostNumberClasses = 20;

/**
 * Classes from the last column: numbers in rising order (1 and 1.0 are one class), names in the order of their characters.
 * Every class has two rows or more, one to learn from and one to test.
 */
export function readLabels(rows: readonly CsvRow[], fail: CsvFail): { classes: string[]; labels: Uint32Array } {
  const texts = rows.map((row) => row.cells.at(-1) as string);
  for (const [i, text] of texts.entries()) {
    if (readCell(text).kind === "missing") {
      fail((rows[i] as CsvRow).line, `missing class in the last column: ${quoteCell(text)}, expected a name or a number`);
    }
  }
  const numeric = texts.every((text) => readCell(text).kind === "number");
  const names = numeric ? texts.map((text) => String(Number(text))) : texts;
  const rowsOfClass = Map.groupBy(names.keys(), (i) => names[i] as string);
  const classes = [...rowsOfClass.keys()].toSorted(numeric ? (a, b) => Number(a) - Number(b) : undefined);
  checkClasses(classes, rowsOfClass, rows, numeric, fail);
  const index = new Map(classes.map((name, i) => [name, i]));
  return { classes, labels: Uint32Array.from(names, (name) => index.get(name) as number) };
}

function checkClasses(
  classes: readonly string[],
  rowsOfClass: ReadonlyMap<string, readonly number[]>,
  rows: readonly CsvRow[],
  numeric: boolean,
  fail: CsvFail,
): void {
  const found = `${classes.length} classes in ${rows.length} rows`;
  if (classes.length === 1) {
    fail((rows[0] as CsvRow).line, `every row has class ${quoteCell(classes[0] as string)}, expected two classes or more`);
  }
  const [lonely] = [...rowsOfClass].find(([, own]) => own.length === 1) ?? [];
  if (lonely === undefined) return;
  const { line } = rows[rowsOfClass.get(lonely)?.[0] as number] as CsvRow;
  const many = classes.length > Math.min(mostNumberClasses, rows.length / 2);
  if (numeric && classes.length > 2 && (many || classes.some((name) => !Number.isInteger(Number(name))))) {
    fail(line, `the last column looks like a measurement: labels are classes, and it would make ${found}`);
  }
  if (rows.length < 2 * classes.length) fail(line, `too few rows: ${found}, expected 2 rows or more of each`);
  fail(line, `class ${quoteCell(lonely)} has one row, expected 2 or more: one to learn from, one to test`);
}
