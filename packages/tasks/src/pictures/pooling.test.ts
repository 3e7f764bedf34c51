import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { createBatch } from "@ohmwork/core";
import { dataPath } from "@ohmwork/core/testing";
import { describe, expect, it } from "vitest";
import { parseIdx } from "./idx.ts";
import { cutIntoSquares, meanPool2x2, subsample2x2 } from "./pooling.ts";

/** Two pictures of 4 × 6: 0 … 23 and 100 … 123. */
const pictures = createBatch(
  Float32Array.from({ length: 48 }, (_, i) => (i % 24) + (i < 24 ? 0 : 100)),
  [2, 4, 6],
);

describe("meanPool2x2()", () => {
  it("is the mean of each block", () => {
    const pooled = meanPool2x2(pictures);
    expect(pooled.shape).toEqual([2, 2, 3]);
    expect([...pooled.data]).toEqual([3.5, 5.5, 7.5, 15.5, 17.5, 19.5, 103.5, 105.5, 107.5, 115.5, 117.5, 119.5]);
  });

  it("gives the pooled MNIST that others made", (context) => {
    const read = (name: string): ReturnType<typeof parseIdx> =>
      parseIdx(gunzipSync(readFileSync(dataPath(context, `mnist/${name}`))));
    const { shape, data } = read("t10k-images-idx3-ubyte.gz");
    const pooled = meanPool2x2(createBatch(Float32Array.from(data), shape));
    const published = read("14x14/t10k-images-14x14-idx3-ubyte.gz");
    expect(pooled.shape).toEqual(published.shape);
    expect(Uint8Array.from(pooled.data, (value) => Math.floor(value + 0.5))).toEqual(Uint8Array.from(published.data));
  });

  it("refuses an odd side and what is no picture", () => {
    expect(() => meanPool2x2(createBatch(new Float32Array(9), [1, 3, 3]))).toThrow("Sides of 3 × 3 pixels do not halve");
    expect(() => meanPool2x2(createBatch(new Float32Array(9), [3, 3]))).toThrow("shape [3, 3], expected [rows, height, width]");
  });
});

describe("subsample2x2()", () => {
  it("takes every second pixel as [::2, ::2] does", () => {
    expect([...subsample2x2(pictures).data]).toEqual([0, 2, 4, 12, 14, 16, 100, 102, 104, 112, 114, 116]);
    expect([
      ...subsample2x2(
        createBatch(
          Float32Array.from({ length: 9 }, (_, i) => i),
          [1, 3, 3],
        ),
      ).data,
    ]).toEqual([0, 2, 6, 8]);
  });
});

describe("cutIntoSquares()", () => {
  it("goes line by line, within each square as well", () => {
    const squares = cutIntoSquares(pictures, 2);
    expect(squares.shape).toEqual([2, 6, 4]);
    expect([...squares.data.subarray(0, 8)]).toEqual([0, 1, 6, 7, 2, 3, 8, 9]);
    expect([...squares.data.subarray(44)]).toEqual([116, 117, 122, 123]);
    expect(cutIntoSquares(createBatch(new Float32Array(1568), [2, 28, 28]), 7).shape).toEqual([2, 16, 49]);
  });

  it("refuses squares that do not fill the picture", () => {
    for (const side of [0, 4, 1.5]) expect(() => cutIntoSquares(pictures, side)).toThrow(RangeError);
  });
});
