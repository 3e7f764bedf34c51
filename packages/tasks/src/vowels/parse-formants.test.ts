import { readFileSync } from "node:fs";
import { BadInputError } from "@ohmwork/core";
import { dataPath } from "@ohmwork/core/testing";
import { describe, expect, it } from "vitest";
import { parseFormants } from "./parse-formants.ts";

describe("parseFormants()", () => {
  it("reads recordings named as Hillenbrand names them", () => {
    const table = parseFormants("name,f1s,f2s,f1a\nm01ae,663.5,2012,662\nw48uw,460,1105,470\nm01ah,813,1283,782\n");
    expect(table.featureNames).toEqual(["f1s", "f2s", "f1a"]);
    expect(table.features.shape).toEqual([3, 3]);
    expect([...table.features.data.subarray(0, 3)]).toEqual([663.5, 2012, 662]);
    expect(table.speakers).toEqual(["m01", "w48", "m01"]);
    expect([...table.labels].map((label) => table.classes[label])).toEqual(["ae", "uw", "ah"]);
  });

  it("reads speakers counted anew in each group, and X-SAMPA", () => {
    const table = parseFormants('"type","speaker","vowel","dur","f0","f1"\n"b",1,"{",257,238,630\n"g",1,"3\'",212,241,831\n');
    expect(table.featureNames).toEqual(["f0", "f1"]);
    expect(table.speakers).toEqual(["b1", "g1"]);
    expect([...table.labels].map((label) => table.classes[label])).toEqual(["ae", "er"]);
  });

  it("reads Hillenbrand's 1995 table, with the averages of its paper", (context) => {
    const { features, labels, classes, speakers } = parseFormants(
      readFileSync(dataPath(context, "vowel-formants/hillenbrand1995-h95.csv"), "utf8"),
    );
    expect(features.shape).toEqual([1668, 4]);
    expect(new Set(speakers).size).toBe(139);
    // J. Hillenbrand et al., J. Acoust. Soc. Am. 97, 3099 (1995), table V: F1 and F2 of men, of the vowels that listeners hardly ever
    // took for another. The paper leaves what was taken for another out of its means, so those of the rest differ.
    const published = { iy: [342, 2322], ei: [476, 2089], er: [474, 1379], oa: [497, 910], oo: [469, 1122] };
    for (const [vowel, paper] of Object.entries(published)) {
      const rows = [...labels.keys()].filter((row) => speakers[row]?.startsWith("m") && classes[labels[row] as number] === vowel);
      expect(rows.length).toBe(45);
      for (const [i, wanted] of paper.entries()) {
        const mean = rows.reduce((sum, row) => sum + (features.data[4 * row + 1 + i] as number), 0) / rows.length;
        expect(Math.abs(mean - wanted), `F${i + 1} of ${vowel} [Hz]`).toBeLessThan(1);
      }
    }
  });

  it.each([
    ["", 1, 'No column "name", nor "vowel" and "speaker"'],
    ["vowel,f1\nae,600\n", 1, 'No column "name", nor'],
    ["name,duration\nm01ae,200\n", 1, "No column of formants"],
    ["name,f1\n", 1, "No rows after the header"],
    ["name,f1\nm01ae,600\nm02ae\n", 3, "1 columns, expected 2 as in the header"],
    ["name,f1\nm01ae,NA\n", 2, 'No frequency in "f1": "NA"'],
    ["name,f1\nm01ae,-5\n", 2, 'No frequency in "f1": "-5"'],
    ["name,f1\nae01m,600\n", 2, 'Recording "ae01m", expected a name such as m01ae'],
    ["vowel,speaker,f1\n,1,600\n", 2, "No vowel or no speaker"],
  ])("refuses %j, naming line %i", (text, line, problem) => {
    const refused = (): unknown => parseFormants(text, { file: "my.csv" });
    expect(refused).toThrow(BadInputError);
    expect(refused).toThrow(`my.csv:${line}: ${problem}`);
  });
});
