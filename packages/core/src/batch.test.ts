import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { batchOf, createBatch, rowOf, rowsOf, takeRows } from "./batch.ts";

describe("createBatch()", () => {
  it("takes data that fill the shape, in any number of dimensions, and no rows at all", () => {
    expect(rowsOf(createBatch(new Float32Array(24), [2, 3, 4]))).toEqual({ count: 2, width: 12 });
    expect(rowsOf(createBatch(new Float32Array(5), [5]))).toEqual({ count: 5, width: 1 });
    expect(rowsOf(createBatch(new Float32Array(0), [0, 7]))).toEqual({ count: 0, width: 7 });
  });

  it("refuses a shape that is empty, negative or broken", () => {
    for (const shape of [[], [-1], [1.5], [Number.NaN]])
      expect(() => createBatch(new Float32Array(1), shape)).toThrow(RangeError);
  });

  it("says what the shape needs and what was given", () => {
    expect(() => createBatch(new Float32Array(5), [2, 3])).toThrow("Batch of shape [2, 3] needs 6 values: 5 given");
  });

  it("keeps the lengths of padded rows, one for each row and none beyond the padding", () => {
    const data = new Float32Array(6);
    expect(createBatch(data, [2, 3], Uint32Array.of(3, 1)).lengths).toEqual(Uint32Array.of(3, 1));
    expect(() => createBatch(data, [2, 3], Uint32Array.of(3))).toThrow(RangeError);
    expect(() => createBatch(data, [2, 3], Uint32Array.of(3, 4))).toThrow(RangeError);
  });
});

describe("batchOf()", () => {
  it("lays rows one after the other", () => {
    expect(
      batchOf([
        [1, 2],
        [3, 4],
      ]),
    ).toEqual({ data: Float32Array.of(1, 2, 3, 4), shape: [2, 2] });
    expect(batchOf([])).toEqual({ data: new Float32Array(0), shape: [0, 0] });
  });

  it("names the first row that differs in length", () => {
    expect(() => batchOf([[1, 2], [3, 4], [5]])).toThrow("Row 2 has 1 values, row 0 has 2");
  });
});

describe("rowOf()", () => {
  it("is a view into the batch", () => {
    const batch = batchOf([
      [1, 2],
      [3, 4],
    ]);
    rowOf(batch, 1)[0] = 9;
    expect([...batch.data]).toEqual([1, 2, 9, 4]);
  });

  it("refuses a row that is not there", () => {
    for (const index of [-1, 2, 0.5, Number.NaN]) expect(() => rowOf(batchOf([[1], [2]]), index)).toThrow(RangeError);
  });
});

describe("takeRows()", () => {
  it("copies the named rows in their order, with their lengths", () => {
    const rows = fc.array(fc.tuple(fc.float({ noNaN: true }), fc.float({ noNaN: true })), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(rows, fc.array(fc.nat(), { maxLength: 8 }), (values, picks) => {
        const indices = picks.map((pick) => pick % values.length);
        const batch = createBatch(
          Float32Array.from(values.flat()),
          [values.length, 2],
          Uint32Array.from(values, (_, i) => i % 3),
        );
        const taken = takeRows(batch, indices);
        expect(taken.shape).toEqual([indices.length, 2]);
        for (const [i, index] of indices.entries()) expect(rowOf(taken, i)).toEqual(rowOf(batch, index));
        expect([...(taken.lengths ?? [])]).toEqual(indices.map((index) => index % 3));
      }),
    );
  });

  it("does not share memory with the batch it came from", () => {
    const batch = batchOf([[1], [2]]);
    takeRows(batch, [0]).data[0] = 9;
    expect([...batch.data]).toEqual([1, 2]);
  });

  it("refuses a row that is not there", () => {
    expect(() => takeRows(batchOf([[1]]), [1])).toThrow(RangeError);
  });
});
