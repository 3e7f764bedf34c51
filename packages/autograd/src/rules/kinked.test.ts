import fc from "fast-check";
import { float, type Attributes } from "../graph.ts";
import { broadcastShapes, distinctFloats, floats, seeds, shapes, type FloatRange } from "../testing/case-draws.ts";
import { checkRules } from "../testing/check-rules.ts";
import type { CaseInput, GradientCase } from "../testing/gradient-case.ts";
import { kinkedRules } from "./kinked.ts";

type Cases = fc.Arbitrary<Omit<GradientCase, "op">>;

function elementwise(range: FloatRange, attributes: Attributes[] = [{}]): Cases {
  return fc
    .tuple(shapes(), seeds, fc.constantFrom(...attributes), fc.boolean())
    .map(([shape, seed, chosen, isOpen]) => ({ inputs: [floats(seed, shape, range)], attributes: chosen, isOpen }));
}

const bent: FloatRange = { kinks: [0] };

const prelu: Cases = fc
  .tuple(shapes(1), seeds, fc.array(fc.boolean(), { minLength: 3, maxLength: 3 }), fc.nat(2), fc.boolean())
  .map(([shape, seed, ones, from, isOpen]) => {
    const slope = shape.map((size, axis) => (ones[axis] === true ? 1 : size)).slice(Math.min(from, shape.length));
    return { inputs: [floats(seed, shape, bent), floats(seed, slope)], isOpen };
  });

const clip: Cases = fc
  .tuple(
    shapes(),
    seeds,
    fc.constantFrom([-0.8, 0.9], [-0.8, undefined], [undefined, 0.9], [undefined, undefined], [0.9, -0.8]),
    fc.boolean(),
    fc.boolean(),
  )
  .map(([shape, seed, [low, high], isConstant, isOpen]) => {
    const bound = (value: number | undefined): CaseInput | undefined =>
      value === undefined ? undefined : { shape: [], values: [value], isConstant };
    return { inputs: [floats(seed, shape, { kinks: [-0.8, 0.9] }), bound(low), bound(high)], isOpen };
  });

const extremum: Cases = fc
  .tuple(fc.integer({ min: 1, max: 3 }).chain(broadcastShapes), seeds, fc.boolean())
  .map(([drawn, seed, isOpen]) => ({ inputs: distinctFloats(seed, drawn), isOpen }));

const where: Cases = fc.tuple(broadcastShapes(3), seeds, fc.boolean()).map(([[a = [], b = [], c = []], seed, isOpen]) => {
  const values = floats(seed, a).values.map((value) => (value > 0 ? 1 : 0));
  return { inputs: [{ shape: a, values, type: "bool" }, floats(seed, b), floats(seed, c)], isOpen };
});

checkRules("functions with kinks", kinkedRules, {
  Abs: elementwise(bent),
  Relu: elementwise(bent),
  LeakyRelu: elementwise(bent, [{}, { alpha: float(0.3) }]),
  PRelu: prelu,
  Elu: elementwise(bent, [{}, { alpha: float(0.7) }]),
  Selu: elementwise(bent, [{}, { alpha: float(1.2), gamma: float(0.8) }]),
  Celu: elementwise(bent, [{}, { alpha: float(1.7) }]),
  ThresholdedRelu: elementwise({ kinks: [1, 0.4] }, [{}, { alpha: float(0.4) }]),
  // The runtime adds the bias in single precision.
  Shrink: elementwise({ kinks: [0.5, -0.5, 0.9, -0.9] }, [{}, { lambd: float(0.9), bias: float(0.2) }]).map((drawn) => ({
    ...drawn,
    isSingle: true,
  })),
  HardSigmoid: elementwise({ low: -4, high: 4, kinks: [-2.5, 2.5, -0.5, 0.75] }, [{}, { alpha: float(0.8), beta: float(0.4) }]),
  HardSwish: elementwise({ low: -4, high: 4, kinks: [-3, 3] }),
  Clip: clip,
  Max: extremum,
  Min: extremum,
  Where: where,
});
