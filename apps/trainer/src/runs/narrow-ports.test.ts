import { describe, expect, it } from "vitest";
import { narrowPorts } from "./narrow-ports.ts";

const wiper = { name: "wiper", unit: "Ω", size: 4, min: 0, max: 10_000, levels: 101 };
const drive = { name: "drive", unit: "1", size: 2, min: -1, max: 1 };

describe("narrowPorts()", () => {
  it("narrows one port to what a window leaves of it", () => {
    expect(narrowPorts([wiper, drive], { drive: { min: -0.5, max: 3 } })).toEqual([wiper, { ...drive, min: -0.5, max: 1 }]);
  });

  it("ends at positions that the hardware has", () => {
    expect(narrowPorts([wiper], { wiper: { min: 950, max: 2000 } })).toEqual([{ ...wiper, min: 1000, max: 2000, levels: 11 }]);
  });

  it("says which port there is not, and that a window leaves nothing", () => {
    expect(() => narrowPorts([wiper], { wipr: { min: 0, max: 1 } })).toThrow('No parameter port is called "wipr"');
    expect(() => narrowPorts([drive], { drive: { min: 2, max: 3 } })).toThrow("from 2 to 3 leaves nothing of -1 to 1");
    expect(() => narrowPorts([wiper], { wiper: { min: 10, max: 90 } })).toThrow("leaves nothing");
  });
});
