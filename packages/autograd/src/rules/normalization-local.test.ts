import fc from "fast-check";
import { float, int, ints } from "../graph.ts";
import { axes, floats, seeds, shapes } from "../testing/case-draws.ts";
import { checkRules } from "../testing/check-rules.ts";
import type { GradientCase } from "../testing/gradient-case.ts";
import { localNormalizationRules } from "./normalization-local.ts";

type Cases = fc.Arbitrary<Omit<GradientCase, "op">>;

const few = fc.integer({ min: 1, max: 3 });

// The runtime takes windows of an odd size only.
const local: Cases = fc
  .tuple(
    fc.tuple(few, fc.integer({ min: 1, max: 5 }), few, fc.constant(1)),
    fc.constantFrom(1, 3, 5),
    seeds,
    fc.boolean(),
    fc.boolean(),
  )
  .map(([shape, size, seed, isStrong, isOpen]) => ({
    inputs: [floats(seed, shape)],
    attributes: { size: int(size), ...(isStrong ? { alpha: float(0.5), beta: float(0.6), bias: float(2) } : {}) },
    isOpen,
  }));

const byNorm: Cases = shapes(1, 3).chain((shape) =>
  fc.tuple(axes(shape), fc.constantFrom(1, 2), seeds, fc.boolean()).map(([axis, p, seed, isOpen]) => ({
    inputs: [floats(seed, shape, { kinks: [0] })],
    attributes: { axis: int(axis), p: int(p) },
    isOpen,
  })),
);

// Two values each that differ by far: where they are close the slope is without bound.
const standard: Cases = fc
  .tuple(few, few, fc.constantFrom(undefined, [0, 2, 3], [2], [3, 2]), seeds, fc.boolean())
  .map(([samples, channels, over, seed, isOpen]) => {
    const { shape, values } = floats(seed, [samples, channels, 2, 2]);
    const apart = values.map((value, index) => value + 4 * (((index >> 1) ^ index) & 1));
    return { inputs: [{ shape, values: apart }], attributes: over === undefined ? {} : { axes: ints(over) }, isOpen };
  });

checkRules("normalisations by neighbours", localNormalizationRules, {
  LRN: local,
  LpNormalization: byNorm,
  MeanVarianceNormalization: standard,
});
