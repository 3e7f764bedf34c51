import { createBatch, createRandom, rowOf } from "@ohmwork/core";
import { describe, expect, it } from "vitest";
import { augmentAffine, createWarp } from "./affine.ts";
import { digits8x8 } from "./digits-8x8.ts";

/** The first digit of scikit-learn's set, a nought. */
const nought = Float32Array.from(
  "005d9100 00dfaf50 03f20b80 04c00880 05800980 04b01c70 02e5ac00 006da000".replaceAll(" ", ""),
  (character) => Number.parseInt(character, 17) / 16,
);

function expectClose(found: Float32Array, expected: readonly number[]): void {
  expect(found.length).toBe(expected.length);
  for (const [i, value] of expected.entries()) expect(Math.abs((found[i] as number) - value), `pixel ${i}`).toBeLessThan(2e-6);
}

describe("createWarp()", () => {
  // scipy.ndimage.affine_transform, order 1, mode "grid-constant".
  it("turns, resizes and moves as scipy does", () => {
    const target = new Float32Array(64);
    createWarp(8, 8)(nought, target, 0, { angle: Math.PI / 12, scale: 0.9, right: 0.4, down: -0.3 });
    expectClose(
      target,
      [
        0, 0, 0, 0.291389, 0.664968, 0.466354, 0.067272, 0.001014, 0, 0, 0.106404, 0.784551, 0.847499, 0.62197, 0.486541,
        0.062272, 0, 0.010742, 0.299759, 0.701217, 0.075313, 0.282679, 0.638751, 0.19302, 0, 0.100681, 0.39881, 0.321371, 0,
        0.31515, 0.518139, 0.115219, 0, 0.139541, 0.541791, 0.145237, 0.017263, 0.519686, 0.50076, 0, 0, 0.083073, 0.854914,
        0.227996, 0.346818, 0.678041, 0.326569, 0, 0, 0.047782, 0.466086, 0.670894, 0.529184, 0.312857, 0.019062, 0, 0, 0, 0,
        0.113159, 0.084418, 0, 0, 0,
      ],
    );
  });

  it("does so for a picture that is not square, at its place among others", () => {
    const source = Float32Array.from({ length: 36 }, (_, i) => (i % 12) / 12);
    const target = new Float32Array(36);
    createWarp(3, 4)(source, target, 12, { angle: (-40 * Math.PI) / 180, scale: 1.3, right: -0.7, down: 0.5 });
    expectClose(
      target.subarray(12, 24),
      [0.106296, 0.268292, 0.482215, 0.30086, 0.209586, 0.423509, 0.637432, 0.810752, 0.364804, 0.578727, 0.792649, 0.542906],
    );
    expect([...target.subarray(0, 12), ...target.subarray(24)].every((value) => value === 0)).toBe(true);
  });

  it("keeps a picture that is left as it is, to the bit, and clears one that is moved out", () => {
    const target = new Float32Array(64);
    const warp = createWarp(8, 8);
    warp(nought, target, 0, { angle: 0, scale: 1, right: 0, down: 0 });
    expect(target).toEqual(nought);
    warp(nought, target, 0, { angle: 0, scale: 1, right: 9, down: 0 });
    expect(target).toEqual(new Float32Array(64));
  });
});

describe("augmentAffine()", () => {
  const { inputs } = digits8x8({ seed: 1 }).validation;
  const range = { rotationDegrees: 15, shift: 0.05, scale: [0.9, 1.1] } as const;

  it("depends on the stream alone, and moves every picture in its own way", () => {
    const warped = (seed: number): Float32Array => augmentAffine(inputs, range, createRandom(seed, "epoch 0")).data;
    expect(warped(1)).toEqual(warped(1));
    expect(warped(1)).not.toEqual(warped(2));
    const same = createBatch(
      new Float32Array(5 * 64).map((_, i) => nought[i % 64] as number),
      [5, 8, 8],
    );
    const five = augmentAffine(same, range, createRandom(1));
    expect(new Set(Array.from({ length: 5 }, (_, row) => rowOf(five, row).join())).size).toBe(5);
  });

  it("stays within its range: the middle of the ink moves no further than the shift", () => {
    const blob = new Float32Array(28 * 28);
    for (const y of [13, 14]) for (const x of [13, 14]) blob[28 * y + x] = 1;
    const count = 500;
    const many = createBatch(
      new Float32Array(count * 784).map((_, i) => blob[i % 784] as number),
      [count, 28, 28],
    );
    const { data } = augmentAffine(many, { rotationDegrees: 15, shift: 0.05, scale: [0.9, 1.1] }, createRandom(3));
    const moves = Array.from({ length: count }, (_, row) => {
      let ink = 0;
      let across = 0;
      for (let i = 0; i < 784; i += 1) {
        ink += data[784 * row + i] as number;
        across += (data[784 * row + i] as number) * ((i % 28) - 13.5);
      }
      return across / ink;
    });
    const furthest = Math.max(...moves.map(Math.abs));
    expect(furthest).toBeLessThan(0.05 * 28 + 0.1);
    expect(furthest).toBeGreaterThan(0.95 * 0.05 * 28); // 500 even draws leave no gap of 5 % but once in 10¹¹
  });

  it("takes the identity for a range, and refuses none", () => {
    expect(augmentAffine(inputs, { rotationDegrees: 0, shift: 0, scale: [1, 1] }, createRandom(1)).data).toEqual(inputs.data);
    for (const wrong of [{ rotationDegrees: -1 }, { shift: Number.NaN }, { scale: [0, 1] }, { scale: [1.1, 0.9] }] as const) {
      expect(() => augmentAffine(inputs, { ...range, ...wrong }, createRandom(1))).toThrow(RangeError);
    }
  });
});
