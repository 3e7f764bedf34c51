import fc from "fast-check";
import { int } from "../graph.ts";
import { floats, seeds, shapes } from "../testing/case-draws.ts";
import { checkRules } from "../testing/check-rules.ts";
import type { GradientCase } from "../testing/gradient-case.ts";
import { conversionRules } from "./conversion.ts";

type Cases = fc.Arbitrary<Omit<GradientCase, "op">>;

const single = 1;
const double = 11;

/** Between the two precisions the differences are only as good as the lower one. */
const cast: Cases = fc.tuple(shapes(), seeds, fc.constantFrom(single, double), fc.boolean()).map(([shape, seed, to, isOpen]) => ({
  inputs: [floats(seed, shape)],
  attributes: { to: int(to) },
  isOpen,
  isSingle: true,
}));

const castLike: Cases = fc.tuple(shapes(), seeds, fc.boolean(), fc.boolean()).map(([shape, seed, isDouble, isOpen]) => ({
  inputs: [floats(seed, shape), { ...floats(seed, [1]), type: isDouble ? "float64" : "float32", isConstant: true }],
  isOpen,
  isSingle: true,
}));

const dropout: Cases = fc
  .tuple(shapes(), seeds, fc.constantFrom("alone", "ratio", "told"), fc.boolean())
  .map(([shape, seed, kind, isOpen]) => ({
    inputs: [
      floats(seed, shape),
      kind === "alone" ? undefined : { shape: [], values: [0.3], isConstant: true },
      kind === "told" ? { shape: [], values: [0], type: "bool", isConstant: true } : undefined,
    ],
    isOpen,
  }));

checkRules("what leaves values as they are", conversionRules, { Cast: cast, CastLike: castLike, Dropout: dropout });
