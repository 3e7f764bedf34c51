import { describe, expect, it } from "vitest";
import { nearestWord } from "./nearest-word.ts";

describe("nearestWord()", () => {
  it.each([
    ["sytem", "system"],
    ["Device", "device"],
    ["flete", "fleet"],
    ["prot", "port"],
    ["progresSeconds", "progressSeconds"],
    ["colour", undefined],
    ["x", undefined],
  ])("finds for %s: %s", (word, nearest) => {
    expect(nearestWord(word, ["fleet", "device", "system", "port", "progressSeconds"])).toBe(nearest);
  });
});
