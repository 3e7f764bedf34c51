import { describe, expect, it } from "vitest";
import { runRequestSchema } from "./run.ts";

const ear = { task: "vowel-clips", system: "ear-12", rule: "pat", seed: 1, devices: { bank: "ear-1", mixer: "ear-1" } };
const isTaken = (request: object): boolean => runRequestSchema.safeParse(request).success;

describe("runRequestSchema", () => {
  it("takes one device under several names, and more that are alike", () => {
    expect(isTaken(ear)).toBe(true);
    expect(isTaken({ ...ear, alike: ["ear-2", "ear-3"] })).toBe(true);
  });

  it.each([
    ["the same device again", { alike: ["ear-1"] }],
    ["one of them twice", { alike: ["ear-2", "ear-2"] }],
    ["none", { alike: [] }],
    ["more beside several devices", { devices: { bank: "ear-1", mixer: "ear-2" }, alike: ["ear-3"] }],
    ["more beside a group", { devices: undefined, group: "ears", alike: ["ear-3"] }],
  ])("refuses %s", (_, changes) => expect(isTaken({ ...ear, ...changes })).toBe(false));
});
