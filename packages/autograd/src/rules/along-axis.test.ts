import fc from "fast-check";
import { int } from "../graph.ts";
import { axes, floats, integers, seeds, shapes } from "../testing/case-draws.ts";
import { checkRules } from "../testing/check-rules.ts";
import type { GradientCase } from "../testing/gradient-case.ts";
import { alongAxisRules } from "./along-axis.ts";

type Cases = fc.Arbitrary<Omit<GradientCase, "op">>;

const normalised: Cases = shapes(1).chain((shape) =>
  fc.tuple(seeds, fc.option(axes(shape), { nil: undefined }), fc.boolean()).map(([seed, axis, isOpen]) => ({
    inputs: [floats(seed, shape)],
    attributes: axis === undefined ? {} : { axis: int(axis) },
    isOpen,
  })),
);

const cumulative: Cases = shapes(1).chain((shape) =>
  fc
    .tuple(seeds, axes(shape), fc.boolean(), fc.boolean(), fc.boolean(), fc.boolean())
    .map(([seed, axis, exclusive, reverse, isConstant, isOpen]) => ({
      inputs: [floats(seed, shape), { ...integers([axis], []), isConstant }],
      attributes: { exclusive: int(exclusive ? 1 : 0), reverse: int(reverse ? 1 : 0) },
      isOpen,
    })),
);

checkRules("what works along one axis", alongAxisRules, { Softmax: normalised, LogSoftmax: normalised, CumSum: cumulative });
