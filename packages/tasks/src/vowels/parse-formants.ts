import { BadInputError } from "@ohmwork/core";
import { readCell } from "../csv-cell.ts";
import { type CsvFail, type CsvRow, readCsvRows } from "../csv-rows.ts";
import { createDataset } from "../dataset.ts";
import type { SpokenDataset } from "./spoken-dataset.ts";

/** Hillenbrand's own names of the vowels that the copy in R's phonTools writes in X-SAMPA. */
const hillenbrandNames: Readonly<Record<string, string>> = {
  "{": "ae",
  A: "ah",
  O: "aw",
  E: "eh",
  "3'": "er",
  e: "ei",
  I: "ih",
  i: "iy",
  o: "oa",
  U: "oo",
  V: "uh",
  u: "uw",
};

/**
 * A table of vowels as CSV with a header. Numbers: every column f0, f1, …, f1a, … [Hz]. Vowel and speaker: a column `name` as
 * Hillenbrand names his recordings (m01ae: man 1, "had"), or columns `vowel` and `speaker`, with `type` where speakers are
 * counted anew for men, women, boys and girls. X-SAMPA is turned into Hillenbrand's names, any other name stays.
 *
 * @param options.file name for messages and for the data set. @default "CSV"
 * @throws BadInputError with file and line when it is not such a table
 */
export function parseFormants(text: string, options: { readonly file?: string } = {}): SpokenDataset {
  const { file = "CSV" } = options;
  const fail: CsvFail = (line, problem) => {
    throw new BadInputError(`${file}:${line}: ${problem}`, { where: file, line });
  };
  const [header, ...rows] = readCsvRows(text, file);
  const names = (header?.cells ?? []).map((name) => name.toLowerCase());
  const columns = names.flatMap((name, column) => (/^f\d/.test(name) ? [column] : []));
  const who = readerOf(names, fail);
  if (columns.length === 0) fail(1, "No column of formants, expected f1, f2 and so on");
  if (rows.length === 0) fail(1, "No rows after the header, expected numbers in each");
  const features = new Float32Array(rows.length * columns.length);
  const spoken = rows.map((row, i) => {
    if (row.cells.length !== names.length)
      fail(row.line, `${row.cells.length} columns, expected ${names.length} as in the header`);
    for (const [j, column] of columns.entries()) {
      const cell = readCell(row.cells[column] as string);
      if (cell.kind !== "number" || cell.value < 0) {
        fail(row.line, `No frequency in "${names[column]}": "${row.cells[column]}", expected a number of hertz`);
      } else features[i * columns.length + j] = cell.value;
    }
    return who(row);
  });
  const classes = [...new Set(spoken.map(({ vowel }) => vowel))].toSorted();
  const dataset = createDataset({
    name: file,
    source: file,
    featureNames: columns.map((column) => names[column] as string),
    features,
    classes,
    labels: Uint32Array.from(spoken, ({ vowel }) => classes.indexOf(vowel)),
  });
  return { ...dataset, speakers: spoken.map(({ speaker }) => speaker) };
}

/** Reads who spoke which vowel. */
function readerOf(names: readonly string[], fail: CsvFail): (row: CsvRow) => { speaker: string; vowel: string } {
  const cell = (row: CsvRow, name: string): string => row.cells[names.indexOf(name)] ?? "";
  if (names.includes("name")) {
    return (row) => {
      const name = cell(row, "name");
      const [, speaker, vowel] = /^([mwbg]\d+)([a-z]{2})$/.exec(name) ?? [];
      if (speaker === undefined || vowel === undefined)
        return fail(row.line, `Recording "${name}", expected a name such as m01ae`);
      return { speaker, vowel };
    };
  }
  if (!names.includes("vowel") || !names.includes("speaker")) {
    fail(1, 'No column "name", nor "vowel" and "speaker", expected a header that says who spoke what');
  }
  return (row) => {
    const vowel = cell(row, "vowel");
    const speaker = `${cell(row, "type")}${cell(row, "speaker")}`;
    if (vowel === "" || speaker === "") fail(row.line, "No vowel or no speaker, expected both");
    return { speaker, vowel: hillenbrandNames[vowel] ?? vowel };
  };
}
