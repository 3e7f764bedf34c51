import fc from "fast-check";
import { float, int } from "../graph.ts";
import { floats, seeds } from "../testing/case-draws.ts";
import { checkRules } from "../testing/check-rules.ts";
import type { GradientCase } from "../testing/gradient-case.ts";
import { normalizationRules } from "./normalization.ts";

type Cases = fc.Arbitrary<Omit<GradientCase, "op">>;

const few = fc.integer({ min: 1, max: 3 });
const one = fc.integer({ min: 1, max: 2 });
const epsilons = fc.constantFrom({}, { epsilon: float(0.1) });
const channelled = (most: number): fc.Arbitrary<[number, number, ...number[]]> =>
  fc.tuple(one, few, fc.array(one, { minLength: most === 0 ? 0 : 1, maxLength: 2 })).map(([a, b, rest]) => [a, b, ...rest]);

const batch: Cases = fc.tuple(channelled(0), epsilons, seeds, fc.boolean()).map(([shape, attributes, seed, isOpen]) => ({
  inputs: [
    floats(seed, shape),
    floats(seed + 1, [shape[1]]),
    floats(seed + 2, [shape[1]]),
    floats(seed + 3, [shape[1]]),
    floats(seed + 4, [shape[1]], { low: 0.5, high: 2 }),
  ],
  attributes,
  isOpen,
}));

// The smaller the variance, the steeper: a few values may by chance be close to each other.
const layer: Cases = fc
  .tuple(
    fc.array(few, { minLength: 1, maxLength: 3 }),
    fc.nat(2),
    fc.boolean(),
    fc.boolean(),
    fc.constantFrom(1, 3),
    seeds,
    fc.boolean(),
  )
  .map(([shape, at, isFromEnd, isShifted, outputs, seed, isOpen]) => {
    const axis = at % shape.length;
    return {
      inputs: [
        floats(seed, shape),
        floats(seed + 1, shape.slice(axis)),
        isShifted ? floats(seed + 2, shape.slice(axis)) : undefined,
      ],
      attributes: { axis: int(isFromEnd ? axis - shape.length : axis), epsilon: float(0.1) },
      outputs,
      isOpen,
      // Mean and deviation are handed out in single precision.
      isSingle: outputs === 3,
    };
  });

const instance: Cases = fc.tuple(channelled(1), seeds, fc.boolean()).map(([shape, seed, isOpen]) => ({
  inputs: [floats(seed, shape), floats(seed + 1, [shape[1]]), floats(seed + 2, [shape[1]])],
  attributes: { epsilon: float(0.1) },
  isOpen,
}));

const group: Cases = fc
  .tuple(channelled(1), fc.integer({ min: 1, max: 2 }), seeds, fc.boolean())
  .map(([[samples, per, ...sizes], groups, seed, isOpen]) => {
    const channels = per * groups;
    return {
      inputs: [floats(seed, [samples, channels, ...sizes]), floats(seed + 1, [channels]), floats(seed + 2, [channels])],
      attributes: { epsilon: float(0.1), num_groups: int(groups) },
      isOpen,
      isSingle: true,
    };
  });

checkRules("normalisations", normalizationRules, {
  BatchNormalization: batch,
  LayerNormalization: layer,
  InstanceNormalization: instance,
  GroupNormalization: group,
});
