import { createBatch } from "@ohmwork/core";
import { assert, integer, property } from "fast-check";
import { describe, expect, it } from "vitest";
import { batches } from "./batches.ts";

const examples = (count: number): Parameters<typeof batches>[0] => ({
  inputs: createBatch(
    Float32Array.from({ length: 2 * count }, (_, i) => i),
    [count, 2, 1],
  ),
  labels: Uint32Array.from({ length: count }, (_, i) => 3 * i),
});

describe("batches()", () => {
  it("gives every example once, with its label, in batches of the size and a last one of the rest", () => {
    assert(
      property(integer({ min: 0, max: 40 }), integer({ min: 1, max: 50 }), integer({ min: 0 }), (count, size, seed) => {
        const all = [...batches(examples(count), { size, seed, epoch: 0 })];
        expect(all.map(({ labels }) => labels.length)).toEqual(
          Array.from({ length: Math.ceil(count / size) }, (_, i) => Math.min(size, count - i * size)),
        );
        const seen = all.flatMap(({ labels }) => [...labels]);
        expect(seen.toSorted((a, b) => a - b)).toEqual([...examples(count).labels]);
        for (const { inputs, labels } of all) {
          expect(inputs.shape).toEqual([labels.length, 2, 1]);
          expect([...inputs.data]).toEqual([...labels].flatMap((label) => [(2 * label) / 3, (2 * label) / 3 + 1]));
        }
      }),
      { seed: 1 },
    );
  });

  it("orders each epoch in its own way, the same for the same seed", () => {
    const order = (seed: number, epoch: number): number[] =>
      [...batches(examples(30), { size: 7, seed, epoch })].flatMap(({ labels }) => [...labels]);
    expect(order(1, 0)).toEqual(order(1, 0));
    expect(order(1, 1)).not.toEqual(order(1, 0));
    expect(order(2, 0)).not.toEqual(order(1, 0));
  });

  it("refuses a size or an epoch that is none", () => {
    for (const wrong of [{ size: 0 }, { size: 1.5 }, { epoch: -1 }, { epoch: Number.NaN }]) {
      expect(() => batches(examples(3), { size: 2, seed: 1, epoch: 0, ...wrong }).next()).toThrow(RangeError);
    }
  });
});
