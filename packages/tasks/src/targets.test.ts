import { batchOf } from "@ohmwork/core";
import { describe, expect, it } from "vitest";
import { gradedTargets, oneOutputPerClass } from "./targets.ts";

describe.each([
  ["gradedTargets()", gradedTargets],
  ["oneOutputPerClass()", oneOutputPerClass],
])("%s", (_name, create) => {
  it.each([2, 3, 10])("reads back each of %i classes", (classes) => {
    const targets = create(classes, 5);
    const labels = Uint32Array.from({ length: classes }, (_, i) => i);
    expect(targets.encode(labels).shape).toEqual([classes, targets.outputs]);
    expect(targets.decode(targets.encode(labels))).toEqual(labels);
  });

  it("refuses an unknown class, a wrong width and an output that is not a number", () => {
    const targets = create(3, 5);
    expect(() => targets.encode(Uint32Array.of(0, 3))).toThrow("Label 3 of row 1 is not one of 3 classes");
    expect(() => targets.decode(batchOf([[1, 2]]))).toThrow(RangeError);
    expect(() => targets.decode(batchOf([Array.from({ length: targets.outputs }, () => Number.NaN)]))).toThrow("not a number");
  });
});

describe("gradedTargets()", () => {
  it("spreads classes evenly between ground and supply and answers the nearest", () => {
    const { encode, decode } = gradedTargets(3, 4);
    expect([...encode(Uint32Array.of(0, 1, 2)).data]).toEqual([1, 2, 3]);
    expect([...decode(batchOf([[-9], [1.49], [1.51], [2.49], [2.51], [9]]))]).toEqual([0, 0, 1, 1, 2, 2]);
  });
});

describe("oneOutputPerClass()", () => {
  it("lifts the output of the class and answers the highest", () => {
    const { encode, decode } = oneOutputPerClass(3, 4, { low: 0, high: 0.5 });
    expect(encode(Uint32Array.of(2, 0))).toEqual(
      batchOf([
        [0, 0, 2],
        [2, 0, 0],
      ]),
    );
    expect([
      ...decode(
        batchOf([
          [0.1, 0.3, 0.2],
          [2, -1, 1],
        ]),
      ),
    ]).toEqual([1, 0]);
  });
});
