import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { BadInputError } from "@ohmwork/core";
import { dataPath } from "@ohmwork/core/testing";
import { describe, expect, it } from "vitest";
import { type Idx, parseIdx } from "./idx.ts";
import { createDigits, createFashion, type PictureFiles } from "./picture-set.ts";

/** Pictures of 2 × 2 whose first pixel is their own number. */
const part = (count: number): PictureFiles["train"] => ({
  pictures: { shape: [count, 2, 2], data: Uint8Array.from({ length: 4 * count }, (_, i) => (i % 4 === 0 ? i / 4 : 255)) },
  labels: { shape: [count], data: Uint8Array.from({ length: count }, (_, i) => i % 10) },
});
const files: PictureFiles = { train: part(60), test: part(20) };
/** Numbers of the pictures, read from their first pixels. */
const numbersOf = ({ inputs }: { inputs: { data: Float32Array } }): number[] =>
  [...inputs.data].filter((_, i) => i % 4 === 0).map((value) => Math.round(255 * value));

describe("createDigits()", () => {
  it("keeps a sixth of the training pictures for validation, and every label with its picture", () => {
    const digits = createDigits(files, { seed: 1 });
    const [train, validation] = [numbersOf(digits.train), numbersOf(digits.validation)];
    expect(validation.length).toBe(10);
    expect([...train, ...validation].toSorted((a, b) => a - b)).toEqual([...Array(60).keys()]);
    expect([...digits.train.labels]).toEqual(train.map((number) => number % 10));
    expect([...digits.validation.labels]).toEqual(validation.map((number) => number % 10));
    expect(numbersOf(digits.test)).toEqual([...Array(20).keys()]);
    expect(digits.train.inputs.shape).toEqual([50, 2, 2]);
    expect(digits.train.inputs.data[1]).toBe(1);
  });

  it("draws the validation pictures by the seed, as many as asked", () => {
    const chosen = (seed: number): number[] => numbersOf(createDigits(files, { seed, validation: 20 }).validation);
    expect(chosen(1).length).toBe(20);
    expect(chosen(1)).toEqual(chosen(1));
    expect(chosen(1)).not.toEqual(chosen(2));
    expect(createDigits(files, { seed: 1, validation: 0 }).train.labels.length).toBe(60);
    for (const validation of [60, -1, 0.5]) expect(() => createDigits(files, { seed: 1, validation })).toThrow(RangeError);
  });

  const wrong = (change: { [Part in keyof PictureFiles]?: Partial<PictureFiles["train"]> }): PictureFiles => ({
    train: { ...files.train, ...change.train },
    test: { ...files.test, ...change.test },
  });
  const idx = (shape: readonly number[]): Idx => ({ shape, data: new Uint8Array(shape.reduce((a, b) => a * b, 1)) });
  it.each([
    [wrong({ train: { pictures: files.train.labels } }), "The training files have 1 and 1 dimensions, expected 3"],
    [wrong({ test: { labels: idx([19]) } }), "There are 20 test pictures and 19 labels, expected a label for each"],
    [
      wrong({ test: { pictures: idx([20, 2, 3]) } }),
      "Training pictures have 2 × 2 pixels, test pictures 2 × 3: expected the same",
    ],
    [
      wrong({ train: { labels: { shape: [60], data: new Uint8Array(60).fill(10, 7) } } }),
      "Label 7 of the training pictures is 10, expected 0 to 9",
    ],
  ])("refuses files that do not belong together (%#)", (given, problem) => {
    expect(() => createDigits(given, { seed: 1 })).toThrow(BadInputError);
    expect(() => createDigits(given, { seed: 1 })).toThrow(problem);
  });

  it("reads MNIST itself: 50,000, 10,000 and 10,000 pictures", (context) => {
    const read = (name: string): Idx => parseIdx(gunzipSync(readFileSync(dataPath(context, `mnist/${name}-ubyte.gz`))));
    const mnist = createDigits(
      {
        train: { pictures: read("train-images-idx3"), labels: read("train-labels-idx1") },
        test: { pictures: read("t10k-images-idx3"), labels: read("t10k-labels-idx1") },
      },
      { seed: 1 },
    );
    expect(mnist.train.inputs.shape).toEqual([50_000, 28, 28]);
    expect(mnist.validation.inputs.shape).toEqual([10_000, 28, 28]);
    expect([...mnist.test.labels.subarray(0, 10)]).toEqual([7, 2, 1, 0, 4, 1, 4, 9, 5, 9]);
    // Mean and standard deviation of all 60,000, as PyTorch's own example normalises them: 0.1307 and 0.3081.
    let sum = 0;
    let squares = 0;
    for (const { inputs } of [mnist.train, mnist.validation]) {
      for (const value of inputs.data) {
        sum += value;
        squares += value * value;
      }
    }
    const mean = sum / (60_000 * 784);
    expect(mean).toBeCloseTo(0.1307, 4);
    expect(Math.sqrt(squares / (60_000 * 784) - mean ** 2)).toBeCloseTo(0.3081, 4);
  });
});

describe("createFashion()", () => {
  it("names the clothes in the order of their authors", () => {
    const { classes } = createFashion(files, { seed: 1 });
    expect([classes[0], classes[5], classes[9]]).toEqual(["T-shirt/top", "sandal", "ankle boot"]);
    expect(classes.length).toBe(10);
  });
});
