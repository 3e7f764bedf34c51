import { createRandom } from "@ohmwork/core";
import fc from "fast-check";
import { sizeOf } from "../tensor.ts";
import type { CaseInput } from "./gradient-case.ts";

export type FloatRange = {
  /** @default -2 */
  readonly low?: number;
  /** @default 2 */
  readonly high?: number;
  /** Values that are kept away from by 0.1, or a tenth of them. */
  readonly kinks?: readonly number[];
};

/** A number that seeds the values of a case; shapes are drawn by fast-check, so that they shrink. */
export const seeds: fc.Arbitrary<number> = fc.integer({ min: 0, max: 2 ** 31 });

/** Shapes of a few small axes. */
export function shapes(least = 0, most = 3, size = 3): fc.Arbitrary<number[]> {
  return fc.array(fc.integer({ min: 1, max: size }), { minLength: least, maxLength: most });
}

/** A shape and others that broadcast with it, in any order. */
export function broadcastShapes(count: number): fc.Arbitrary<number[][]> {
  return shapes(0, 3).chain((whole) => {
    const partial = fc
      .tuple(fc.nat(whole.length), fc.array(fc.boolean(), { minLength: whole.length, maxLength: whole.length }))
      .map(([from, ones]) => whole.map((size, axis) => (ones[axis] === true ? 1 : size)).slice(from));
    const others = fc.array(partial, { minLength: count - 1, maxLength: count - 1 });
    return fc.tuple(others, fc.nat(count - 1)).map(([rest, at]) => rest.toSpliced(at, 0, whole));
  });
}

/** An axis of a shape, also counted from the end. */
export function axes(shape: readonly number[]): fc.Arbitrary<number> {
  return fc.integer({ min: -shape.length, max: shape.length - 1 });
}

/** Uniform values. */
export function floats(seed: number, shape: readonly number[], range: FloatRange = {}): CaseInput {
  const { low = -2, high = 2, kinks = [] } = range;
  const random = createRandom(seed, `values of [${shape.join(", ")}]`);
  const draw = (): number => {
    const value = low + (high - low) * random.uniform();
    return kinks.some((kink) => Math.abs(value - kink) < 0.1 * Math.max(1, Math.abs(kink))) ? draw() : value;
  };
  return { shape, values: Array.from({ length: sizeOf(shape) }, draw) };
}

/** Values that all differ from each other by 0.15 at least and from 0 by 0.07, over all these shapes. */
export function distinctFloats(seed: number, shapesOf: readonly (readonly number[])[]): CaseInput[] {
  const count = shapesOf.reduce((sum, shape) => sum + sizeOf(shape), 0);
  const order = createRandom(seed, "order").permutation(count);
  let next = 0;
  return shapesOf.map((shape) => ({
    shape,
    values: Array.from(
      { length: sizeOf(shape) },
      () => ((order[(next += 1) - 1] as number) - Math.floor(count / 2)) * 0.15 + 0.07,
    ),
  }));
}

/** Whole numbers as a constant of the graph: axes, sizes, places. */
export function integers(values: readonly number[], shape: readonly number[] = [values.length]): CaseInput {
  return { shape, values, type: "int64", isConstant: true, isSized: true };
}
