import { describe, expect, it } from "vitest";
import { devicesInWords, type GapLine, gapPicture } from "./gap-picture.ts";

const line = (name: string, ...values: number[][]): GapLine => ({
  name,
  colour: "#222222",
  dashes: "none",
  points: values.map((own, gap) => ({ gap, values: own })),
});
const textsIn = (picture: string): string[] =>
  Array.from(picture.matchAll(/<text[^>]*>([^<]*)</g), ([, words]) => words as string);

describe("gapPicture()", () => {
  it("says once how many devices are behind each point where they are as many everywhere", () => {
    const lines = [line("PAT", [0.9, 0.8, 0.7], [0.6, 0.5, 0.4]), line("in silico", [0.8, 0.7, 0.6], [])];
    const texts = textsIn(gapPicture("plate", lines, undefined));
    expect(texts).toContain("each point: mean and range");
    expect(texts).toContain("of 3 devices");
    expect(texts).not.toContain("3");
    expect(gapPicture("plate", lines, undefined).match(/mean of 3<\/title>/g)).toHaveLength(3);
  });

  it("says it beside each point where they differ", () => {
    const lines = [line("PAT", [0.9, 0.8, 0.7, 0.6, 0.5], [0.6, 0.5, 0.4, 0.3])];
    const texts = textsIn(gapPicture("plate", lines, undefined));
    expect(texts).toContain("of 4 to 5 devices");
    expect(texts).toEqual(expect.arrayContaining(["4", "5"]));
  });
});

describe("devicesInWords()", () => {
  it("counts points that there are", () => {
    expect(devicesInWords([line("PAT", [0.9], [])])).toBe("1 device");
    expect(devicesInWords([line("PAT", [])])).toBe("0 devices");
  });
});
