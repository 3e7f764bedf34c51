import { describe, expect, it } from "vitest";
import { barOf } from "./listen-view.ts";

describe("barOf()", () => {
  it.each([
    [0, ""],
    [1 / 32, "▏"],
    [0.5, "██"],
    [1, "████"],
    [7, "████"],
    [-1, ""],
  ])("of %f is %s", (share, bar) => expect(barOf(share, 4)).toBe(bar));
});
