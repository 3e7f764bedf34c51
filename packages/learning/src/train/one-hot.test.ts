import { expect, test } from "vitest";
import { oneHot } from "./one-hot.ts";

test("oneHot() marks the class of each row", () => {
  expect(oneHot([2, 0], 3)).toEqual({ type: "float32", shape: [2, 3], data: Float32Array.of(0, 0, 1, 1, 0, 0) });
});

test.each([3, -1, 0.5, Number.NaN])("oneHot() refuses the label %d, which is no class", (label) => {
  expect(() => oneHot([0, label], 3)).toThrow(
    new RangeError(`Label ${label} of row 1 is no class: expected a whole number from 0 to 2`),
  );
});
