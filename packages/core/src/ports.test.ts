import { describe, expect, it } from "vitest";
import { batchOf } from "./batch.ts";
import { PortRangeError } from "./errors.ts";
import type { Port } from "./physical-system.ts";
import { checkInputs, checkParameters, widthOf } from "./ports.ts";

const ports: readonly Port[] = [
  { name: "source", unit: "V", size: 2, min: 0, max: 5 },
  { name: "bias", unit: "mA", size: 1, min: -0.1, max: 0.1 },
];

/** What a call throws, to be looked at. */
function thrownBy(call: () => void): unknown {
  try {
    call();
  } catch (error) {
    return error;
  }
  return undefined;
}

describe("widthOf()", () => {
  it("adds the sizes", () => {
    expect(widthOf(ports)).toBe(3);
    expect(widthOf([])).toBe(0);
  });
});

describe("checkInputs()", () => {
  it("takes values up to both ends of the window, also where Float32 cannot hold the end", () => {
    expect(() =>
      checkInputs(
        ports,
        batchOf([
          [0, 5, -0.1],
          [5, 0, 0.1],
        ]),
        2,
      ),
    ).not.toThrow();
  });

  it("names port, channel, value and window of the first value outside, in any row", () => {
    const error = thrownBy(() =>
      checkInputs(
        ports,
        batchOf([
          [0, 0, 0],
          [0, 5.5, 0],
        ]),
        2,
      ),
    );
    expect(error).toBeInstanceOf(PortRangeError);
    expect(error).toMatchObject({
      message: "Port source[1] was given 5.5 V: expected 0 to 5",
      details: { port: "source", index: 1, value: 5.5, min: 0, max: 5 },
    });
    expect(() => checkInputs(ports, batchOf([[0, 0, 0.11]]), 1)).toThrow("Port bias[0] was given");
  });

  it("refuses what is not a number", () => {
    for (const value of [Number.NaN, Infinity, -Infinity])
      expect(() => checkInputs(ports, batchOf([[value, 0, 0]]), 1)).toThrow(PortRangeError);
  });

  it("refuses a wrong width and too many rows as the caller's mistake", () => {
    expect(() => checkInputs(ports, batchOf([[0, 0]]), 1)).toThrow(new RangeError("Inputs must have 3 values a row: 2 given"));
    expect(() =>
      checkInputs(
        ports,
        batchOf([
          [0, 0, 0],
          [0, 0, 0],
        ]),
        1,
      ),
    ).toThrow(new RangeError("Inputs may have 1 rows at most: 2 given"));
  });
});

describe("checkParameters()", () => {
  it("takes exactly as many values as the ports hold, each in its window", () => {
    expect(() => checkParameters(ports, Float32Array.of(1, 2, 0))).not.toThrow();
    expect(() => checkParameters(ports, Float32Array.of(1, 2))).toThrow(new RangeError("Parameters must be 3 values: 2 given"));
    expect(() => checkParameters(ports, Float32Array.of(1, 2, 3))).toThrow(PortRangeError);
  });
});
