import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { batchOf, takeRows } from "@ohmwork/core";
import { dataPath } from "@ohmwork/core/testing";
import { describe, expect, it } from "vitest";
import { logisticRegression } from "../baselines/logistic-regression.ts";
import { digits8x8Lines } from "../data/digits-8x8.ts";
import { digits8x8 } from "./digits-8x8.ts";

const parts = ["train", "validation", "test"] as const;

describe("digits8x8()", () => {
  const digits = digits8x8({ seed: 1 });

  it("has as many of each digit as its authors say", () => {
    const counts = Array.from({ length: 10 }, () => 0);
    for (const part of parts) for (const label of digits[part].labels) counts[label] = (counts[label] as number) + 1;
    expect(counts).toEqual([178, 182, 177, 183, 181, 182, 181, 179, 174, 180]);
  });

  it("holds three fifths, a fifth and a fifth of every class, in 0 to 1", () => {
    const sizes = parts.map((part) => digits[part].labels.length);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(1797);
    for (const [i, share] of [0.6, 0.2, 0.2].entries()) expect(Math.abs((sizes[i] as number) - 1797 * share)).toBeLessThan(5);
    for (const part of parts) {
      expect(digits[part].inputs.shape).toEqual([digits[part].labels.length, 8, 8]);
      expect(Math.min(...digits[part].inputs.data)).toBe(0);
      expect(Math.max(...digits[part].inputs.data)).toBe(1);
    }
  });

  it("is decided by the seed", () => {
    expect(digits8x8({ seed: 1 })).toEqual(digits);
    expect(digits8x8({ seed: 2 }).test.labels).not.toEqual(digits.test.labels);
  });

  it("is scikit-learn's table, value for value", (context) => {
    const table = gunzipSync(readFileSync(dataPath(context, "tabular/digits.csv.gz"))).toString();
    const rows = digits8x8Lines
      .split("\n")
      .map((line) => Array.from(line, (value, i) => Number.parseInt(value, i < 64 ? 17 : 10)).join());
    expect(rows).toEqual(table.trim().split(/\r?\n/));
  });
});

describe("logisticRegression() on the digits", () => {
  const lines = digits8x8Lines.split("\n");
  const rows = { even: lines.filter((_, i) => i % 2 === 0), odd: lines.filter((_, i) => i % 2 === 1) };
  const featuresOf = (some: readonly string[]): ReturnType<typeof batchOf> =>
    batchOf(some.map((line) => Array.from(line.slice(0, 64), (value) => Number.parseInt(value, 17) / 16)));
  const labelsOf = (some: readonly string[]): Uint32Array => Uint32Array.from(some, (line) => Number(line[64]));

  // scikit-learn 1.9.1: StandardScaler and LogisticRegression(C, tol=1e-10) on the even rows; the odd rows it takes for another digit.
  it.each([
    [
      1,
      "2:9 13:3 18:5 43:1 64:1 95:4 107:8 123:1 180:7 204:2 210:9 224:5 228:9 269:8 273:8 287:2 299:2 302:8 303:8 338:4 341:1 359:1 " +
        "384:2 389:5 406:2 452:1 547:9 574:1 598:5 680:6 711:9 721:9 747:9 775:1 776:1 785:1 786:6 795:6 797:4 801:7 861:8 863:2 864:5",
    ],
    [
      100,
      "2:9 25:1 28:1 34:7 37:1 38:1 43:1 47:1 57:8 61:1 64:1 88:9 137:7 162:7 164:7 180:7 181:8 204:0 210:9 219:9 224:9 259:9 269:2 " +
        "273:8 287:2 299:2 302:8 303:8 319:1 338:4 341:1 342:4 359:1 375:7 378:7 382:4 445:7 452:1 535:8 547:9 558:8 574:1 582:3 " +
        "598:5 635:3 636:3 680:6 711:9 728:9 742:9 745:9 747:9 764:5 775:1 776:1 784:1 785:5 786:4 795:6 797:4 801:7 805:8 816:8 " +
        "822:1 832:8 837:3 863:8 864:5 882:5",
    ],
  ])("errs where scikit-learn errs, at penalty %i", (penalty, wrong) => {
    const classify = logisticRegression(
      { features: featuresOf(rows.even), labels: labelsOf(rows.even), classes: 10 },
      { penalty },
    );
    const answers = classify(featuresOf(rows.odd));
    const truth = labelsOf(rows.odd);
    const found = [...answers].flatMap((answer, i) => (answer === truth[i] ? [] : [`${i}:${answer}`]));
    expect(found.join(" ")).toBe(wrong);
  });

  it("takes pictures as they are", () => {
    const { train, test } = digits8x8({ seed: 1 });
    const classify = logisticRegression({ features: train.inputs, labels: train.labels, classes: 10 });
    const first = takeRows(test.inputs, [0, 1, 2, 3, 4, 5]);
    expect([...classify(first)]).toEqual([...classify(test.inputs).subarray(0, 6)]);
  });
});
