import { BadInputError } from "@ohmwork/core";
import { array, assert, integer, property, tuple, uint8Array } from "fast-check";
import { describe, expect, it } from "vitest";
import { parseIdx } from "./idx.ts";

/** As the format's authors describe it. */
function writeIdx(shape: readonly number[], values: ArrayLike<number>): Uint8Array {
  const header = [
    0,
    0,
    8,
    shape.length,
    ...shape.flatMap((size) => [size >>> 24, (size >>> 16) & 255, (size >>> 8) & 255, size & 255]),
  ];
  return Uint8Array.from([...header, ...Array.from(values)]);
}

/** What is wrong with a file; any other error than a BadInputError goes on its way. */
function problemOf(bytes: Uint8Array): { message: string } {
  try {
    const { shape, data } = parseIdx(bytes);
    return { message: data.length === shape.reduce((a, b) => a * b, 1) ? "" : "shape and data disagree\n" };
  } catch (error) {
    if (!(error instanceof BadInputError)) throw error;
    return error;
  }
}

describe("parseIdx()", () => {
  it("reads the header that MNIST's own page gives", () => {
    const bytes = new Uint8Array(16 + 2 * 28 * 28);
    bytes.set([0x00, 0x00, 0x08, 0x03, 0, 0, 0, 2, 0, 0, 0, 28, 0, 0, 0, 28]);
    bytes.set([7, 9], 16);
    const { shape, data } = parseIdx(bytes);
    expect(shape).toEqual([2, 28, 28]);
    expect([...data.subarray(0, 3)]).toEqual([7, 9, 0]);
    expect(data.length).toBe(1568);
    expect(data.buffer).toBe(bytes.buffer); // nothing is copied
  });

  it("gives back what was written, wherever it stands in memory", () => {
    const size = integer({ min: 0, max: 6 });
    assert(
      property(array(size, { minLength: 1, maxLength: 4 }), integer({ min: 0, max: 5 }), (shape, before) => {
        const values = Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => (i * 37) % 256);
        const written = writeIdx(shape, values);
        const moved = new Uint8Array(before + written.length);
        moved.set(written, before);
        const parsed = parseIdx(moved.subarray(before));
        expect(parsed.shape).toEqual(shape);
        expect([...parsed.data]).toEqual(values);
      }),
      { seed: 1 },
    );
  });

  it.each([
    [[], "Cut short: 0 bytes"],
    [[0, 0, 8], "Cut short: 3 bytes, expected an IDX header of 4 or more"],
    [[0x1f, 0x8b, 8, 8], "Still packed with gzip"],
    [[0x3c, 0x68, 0x74, 0x6d], "Not an IDX file: begins 3c 68 74 6d"],
    [[0, 0, 0x0d, 1, 0, 0, 0, 0], "Holds values of type 0x0d, expected unsigned bytes, 0x08"],
    [[0, 0, 8, 0], "Has no dimensions"],
    [[0, 0, 8, 2, 0, 0, 0, 1], "Cut short: 8 bytes, expected a header of 12 for 2 dimensions"],
    [[0, 0, 8, 1, 0, 0, 0, 3, 1, 2], "Cut short: 2 values, expected 3 for shape [3]"],
    [[0, 0, 8, 1, 0, 0, 0, 1, 1, 2], "Goes on after its end: 2 values, expected 1 for shape [1]"],
    [[0, 0, 8, 3, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1], "Cut short: 1 values, expected 7.9"],
  ])("refuses %j", (bytes, problem) => {
    expect(() => parseIdx(Uint8Array.from(bytes), { file: "train.idx" })).toThrow(BadInputError);
    expect(() => parseIdx(Uint8Array.from(bytes), { file: "train.idx" })).toThrow(`train.idx: ${problem}`);
  });

  it("never throws anything but a one-line BadInputError", () => {
    const header = tuple(integer({ min: 0, max: 1 }), integer({ min: 0, max: 9 }), integer({ min: 0, max: 3 }));
    assert(
      property(header, uint8Array({ maxLength: 40 }), ([second, type, dimensions], rest) => {
        const { message } = problemOf(Uint8Array.from([0, second, type, dimensions, ...rest]));
        expect(message).not.toMatch(/[\r\n]/);
      }),
      { numRuns: 1000, seed: 1 },
    );
  });
});
