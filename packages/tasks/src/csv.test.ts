import { scaled } from "@ohmwork/core/testing";
import { BadInputError } from "@ohmwork/core";
import { assert, constantFrom, array, oneof, property, string } from "fast-check";
import { describe, expect, it } from "vitest";
import { parseCsv } from "./csv.ts";
import { iris } from "./iris.ts";

const rows = "1,2.5,b\n3,-4e1,a\n5,.5,b\n7,8.,a\n";

function problemOf(text: string): { message: string; line: number | undefined } {
  try {
    parseCsv(text, { file: "my.csv" });
  } catch (error) {
    if (error instanceof BadInputError) return { message: error.message, line: error.details.line };
    throw error;
  }
  return { message: "none", line: undefined };
}

describe("parseCsv()", () => {
  it("reads numbers and named classes", () => {
    const { name, featureNames, features, classes, labels } = parseCsv(rows, { file: "my.csv" });
    expect(name).toBe("my.csv");
    expect(featureNames).toEqual(["column 1", "column 2"]);
    expect(features.shape).toEqual([4, 2]);
    expect([...features.data]).toEqual([1, 2.5, 3, -40, 5, 0.5, 7, 8]);
    expect(classes).toEqual(["a", "b"]);
    expect([...labels]).toEqual([1, 0, 1, 0]);
  });

  it("takes names from a header, where there are any", () => {
    expect(parseCsv(`width,,kind\n${rows}`).featureNames).toEqual(["width", "column 2"]);
  });

  it.each([
    ["byte order mark", `\uFEFF${rows}`],
    ["CRLF", rows.replaceAll("\n", "\r\n")],
    ["CR", rows.replaceAll("\n", "\r")],
    ["mixed line ends", rows.replace("\n", "\r\n")],
    ["semicolons", rows.replaceAll(",", ";")],
    ["tabs", rows.replaceAll(",", "\t")],
    ["quotes", rows.replaceAll(/[^,\n]+/g, '"$&"')],
    ["spaces", rows.replaceAll(",", " , ")],
    ["spaces in quotes", rows.replaceAll(/[^,\n]+/g, '" $& "')],
    ["blank lines", `\n \n${rows.replaceAll("\n", "\n\n")}\n \t\n`],
    ["no line end", rows.trimEnd()],
  ])("reads the same through %s", (_, text) => {
    expect(parseCsv(text)).toEqual(parseCsv(rows));
  });

  it("puts number classes in rising order, and takes 1 and 1.0 for one", () => {
    const { classes, labels } = parseCsv("0,10\n0,9\n0,1.0\n0,10\n0,9.0\n0,1");
    expect(classes).toEqual(["1", "9", "10"]);
    expect([...labels]).toEqual([2, 1, 0, 2, 1, 0]);
  });

  it("reads the first line of scikit-learn's own files", () => {
    const { classes, features, labels } = parseCsv("4,2,left,right\n1,2,1\n3,4,0\n5,6,1\n7,8,0\n");
    expect(classes).toEqual(["left", "right"]);
    expect(features.shape).toEqual([4, 2]);
    expect([...labels]).toEqual([1, 0, 1, 0]);
  });

  it.each([
    ["", 1, "no rows"],
    [" \r\n\r\n", 1, "no rows"],
    ["x,kind\n", 1, "no rows after the header"],
    ["a\nb\n", 1, 'only one column: "a"'],
    ["x,kind\n1,a\n,b\n", 3, 'missing value in "x": ""'],
    ["x,kind\r\n1,a\r\n\r\nNA,b\r\n", 4, 'missing value in "x": "NA"'],
    ["1,?,a\n1,2,a\n", 1, 'missing value in "column 2": "?"'],
    ["x,kind\n1,a\nNaN,b\n", 3, "missing value"],
    ["x,kind\n1,a\n2,b\n1,\n", 4, "missing class in the last column"],
    ["x,kind\n1,a\n2o,b\n", 3, 'text in "x": "2o", expected a number'],
    ["x;kind\n1;a\n2,5;b\n", 3, 'text in "x": "2,5", expected a number with a decimal point'],
    ["x,kind\n0x10,a\n", 2, 'text in "x": "0x10"'],
    ["1,o,a\n1,2,b\n", 1, 'text among numbers: "o"'],
    ["x,kind\n1,a\n-inf,b\n", 3, 'infinite number in "x": "-inf"'],
    ["x,kind\n1,a\n1e39,b\n", 3, "infinite number"],
    ["x,kind\n1,a\n2,3,b\n", 3, "3 columns, expected 2 as in line 1"],
    ["1,2,a\n3,4,b\n5\n", 3, "1 column, expected 3 as in line 1"],
    ['x,kind\n1,"a\n\nz"\n2,b\n3\n', 6, "1 column"],
    ['x,kind\r\n1,"a\r\nz"\r\n2\r\n', 4, "1 column"],
    ["x,kind\n1,a\n2,a\n", 2, 'every row has class "a"'],
    ["1,a\n2,b\n", 1, "too few rows: 2 classes in 2 rows"],
    ["1,a\n2,a\n3,b\n4,c\n5,a\n6,a\n", 3, 'class "b" has one row'],
    ["1,2.5\n2,3.5\n3,4.5\n4,5.5\n5,5.5\n6,5.5\n", 1, "measurement: labels are classes, and it would make 4 classes in 6 rows"],
    [
      Array.from({ length: 9 }, (_, i) => `1,${i}`).join("\n"),
      1,
      "measurement: labels are classes, and it would make 9 classes in 9 rows",
    ],
    ['x,kind\n1,a\n2,"b\n3,c\n4,d\n', 3, "quote misplaced or not closed"],
    ['\uFEFFü,kind\r\n1,"a\r\nz"\r\n\r\n  \r\n2,"b"c\r\n3,c\r\n', 6, "quote misplaced or not closed"],
    ['\n\n "\n', 3, "quote misplaced or not closed"],
    ['1"0,a\n', 1, "quote misplaced or not closed"],
  ])("refuses %j, naming line %i", (text, line, problem) => {
    const found = problemOf(text);
    expect(found.message).toContain(`my.csv:${line}: `);
    expect(found.message.toLowerCase()).toContain(problem.toLowerCase());
    expect(found.line).toBe(line);
  });

  it("never throws anything but a one-line BadInputError", () => {
    const piece = oneof(
      constantFrom(
        ",",
        ";",
        "\t",
        "\n",
        "\r\n",
        "\r",
        '"',
        "1",
        "-2.5e3",
        "a",
        "NA",
        "inf",
        "",
        " ",
        "\uFEFF",
        "\u2028",
        "é",
        "\ud800",
      ),
      string({ unit: "binary" }),
    );
    assert(
      property(array(piece, { maxLength: 40 }), (pieces) => {
        const { message } = problemOf(pieces.join(""));
        expect(message).not.toMatch(/[\r\n]/);
      }),
      { numRuns: scaled(20_000), seed: 1 },
    );
  });

  it("gives back any table of numbers and names that is written to it", () => {
    const cell = oneof(constantFrom("0", "-1.5", "3e-3", "12"));
    const line = array(cell, { minLength: 3, maxLength: 3 });
    assert(
      property(
        array(line, { minLength: 2, maxLength: 20 }),
        constantFrom(",", ";", "\t"),
        constantFrom("\n", "\r\n"),
        (table, separator, end) => {
          const text = table.flatMap((row) => ["left", "right"].map((name) => [...row, name].join(separator))).join(end);
          const { features, labels } = parseCsv(text);
          expect([...features.data]).toEqual(table.flatMap((row) => [...row, ...row].map((value) => Math.fround(Number(value)))));
          expect([...labels]).toEqual(table.flatMap(() => [0, 1]));
        },
      ),
      { numRuns: 200, seed: 1 },
    );
  });
});

describe("iris()", () => {
  it("has the 150 rows of the published table", () => {
    const { features, classes, labels, featureNames } = iris();
    expect(features.shape).toEqual([150, 4]);
    expect(featureNames).toEqual(["sepal length (cm)", "sepal width (cm)", "petal length (cm)", "petal width (cm)"]);
    expect(classes).toEqual(["setosa", "versicolor", "virginica"]);
    expect([...labels]).toEqual(Array.from({ length: 150 }, (_, row) => Math.floor(row / 50)));
    // Means that Fisher gives in his table 2.
    const means = [0, 50, 100].map((start) =>
      [0, 1, 2, 3].map((i) =>
        features.data.slice(start * 4, (start + 50) * 4).reduce((sum, value, k) => (k % 4 === i ? sum + value / 50 : sum), 0),
      ),
    );
    const published = [
      [5.006, 3.428, 1.462, 0.246],
      [5.936, 2.77, 4.26, 1.326],
      [6.588, 2.974, 5.552, 2.026],
    ];
    for (const [c, row] of published.entries()) for (const [i, mean] of row.entries()) expect(means[c]?.[i]).toBeCloseTo(mean, 4);
  });
});
