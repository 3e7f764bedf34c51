import { createRandom } from "@ohmwork/core";
import fc from "fast-check";
import { int } from "../graph.ts";
import { axes, distinctFloats, floats, integers, seeds, shapes } from "../testing/case-draws.ts";
import { checkRules } from "../testing/check-rules.ts";
import type { CaseInput, GradientCase } from "../testing/gradient-case.ts";
import { sizeOf } from "../tensor.ts";
import { indexingRules } from "./indexing.ts";

type Cases = fc.Arbitrary<Omit<GradientCase, "op">>;

/** Places along an axis, counted from either end, the same one more than once. */
function places(seed: number, shape: readonly number[], size: number): CaseInput {
  const random = createRandom(seed, "places");
  const values = Array.from({ length: sizeOf(shape) }, () => random.below(2 * size) - size);
  return { shape, values, type: "int64" };
}

/** Every place along an axis once, counted from either end. */
function order(seed: number, size: number): CaseInput {
  const random = createRandom(seed, "order");
  const values = Array.from(random.permutation(size), (place) => (random.below(2) === 0 ? place : place - size));
  return { shape: [size], values, type: "int64", isConstant: true };
}

const reordered: Cases = shapes(1).chain((shape) =>
  fc.tuple(seeds, axes(shape), fc.boolean()).map(([seed, axis, isOpen]) => ({
    inputs: [floats(seed, shape), order(seed, shape.at(axis) as number)],
    attributes: { axis: int(axis) },
    isOpen,
  })),
);

const picked: Cases = shapes(1).chain((shape) =>
  fc.tuple(seeds, axes(shape), shapes(0, 2), fc.boolean(), fc.boolean()).map(([seed, axis, indices, isConstant, isOpen]) => ({
    inputs: [floats(seed, shape), { ...places(seed, indices, shape.at(axis) as number), isConstant }],
    attributes: { axis: int(axis) },
    isOpen,
  })),
);

const gather: Cases = fc.oneof({ weight: 3, arbitrary: picked }, reordered);

const gatherElements: Cases = shapes(1).chain((shape) =>
  fc.tuple(seeds, axes(shape), fc.integer({ min: 1, max: 4 }), fc.boolean()).map(([seed, axis, count, isOpen]) => ({
    inputs: [floats(seed, shape), places(seed, shape.with(axis, count), shape.at(axis) as number)],
    attributes: { axis: int(axis) },
    isOpen,
  })),
);

const gatherNd: Cases = shapes(1, 3, 2).chain((rest) =>
  fc
    .tuple(seeds, shapes(0, 2, 2), shapes(0, 1), fc.integer({ min: 1, max: rest.length }), fc.boolean())
    .map(([seed, batch, outer, depth, isOpen]) => {
      const random = createRandom(seed, "coordinates");
      const count = sizeOf([...batch, ...outer]);
      const values = Array.from({ length: count }, () =>
        rest.slice(0, depth).map((size) => random.below(2 * size) - size),
      ).flat();
      return {
        inputs: [floats(seed, [...batch, ...rest]), { shape: [...batch, ...outer, depth], values, type: "int64", isSized: true }],
        attributes: { batch_dims: int(batch.length) },
        isOpen,
      };
    }),
);

const topK: Cases = shapes(1).chain((shape) =>
  fc.tuple(seeds, axes(shape), fc.boolean(), fc.boolean()).chain(([seed, axis, isLargest, isOpen]) =>
    fc.integer({ min: 1, max: shape.at(axis) as number }).map((count) => ({
      inputs: [distinctFloats(seed, [shape])[0], integers([count])],
      attributes: { axis: int(axis), largest: int(isLargest ? 1 : 0) },
      outputs: 2,
      isOpen,
    })),
  ),
);

const oneHot: Cases = shapes(1, 2).chain((shape) =>
  fc
    .tuple(seeds, fc.integer({ min: 1, max: 4 }), fc.integer({ min: -shape.length - 1, max: shape.length }), fc.boolean())
    .map(([seed, depth, axis, isOpen]) => ({
      inputs: [places(seed, shape, depth), integers([depth], []), { ...floats(seed, [2]), isSized: true }],
      attributes: { axis: int(axis) },
      isOpen,
    })),
);

/** The end is kept away from where one more entry would come. */
const range: Cases = fc.tuple(seeds, fc.integer({ min: 1, max: 6 })).map(([seed, count]) => {
  const [start = 0, delta = 0] = floats(seed, [2], { kinks: [0] }).values;
  const scalar = (value: number): CaseInput => ({ shape: [], values: [value] });
  return { inputs: [scalar(start), scalar(start + (count - 0.5) * delta), scalar(delta)] };
});

checkRules("what picks elements by their position", indexingRules, {
  Gather: gather,
  GatherElements: gatherElements,
  GatherND: gatherNd,
  TopK: topK,
  OneHot: oneHot,
  Range: range,
});
