import fc from "fast-check";
import { text, type Attributes } from "../graph.ts";
import { floats, seeds, shapes, type FloatRange } from "../testing/case-draws.ts";
import { checkRules } from "../testing/check-rules.ts";
import type { GradientCase } from "../testing/gradient-case.ts";
import { smoothRules } from "./smooth.ts";

function elementwise(range: FloatRange = {}, attributes: Attributes[] = [{}]): fc.Arbitrary<Omit<GradientCase, "op">> {
  return fc
    .tuple(shapes(), seeds, fc.constantFrom(...attributes), fc.boolean())
    .map(([shape, seed, chosen, isOpen]) => ({ inputs: [floats(seed, shape, range)], attributes: chosen, isOpen }));
}

checkRules("smooth functions", smoothRules, {
  Sqrt: elementwise({ low: 0.3 }),
  Reciprocal: elementwise({ low: 0.5 }),
  Exp: elementwise(),
  Log: elementwise({ low: 0.3 }),
  Sin: elementwise(),
  Cos: elementwise(),
  Tan: elementwise({ low: -1, high: 1 }),
  Asin: elementwise({ low: -0.7, high: 0.7 }),
  Acos: elementwise({ low: -0.7, high: 0.7 }),
  Atan: elementwise(),
  Sinh: elementwise(),
  Cosh: elementwise(),
  Tanh: elementwise(),
  Asinh: elementwise(),
  Acosh: elementwise({ low: 1.5, high: 3 }),
  Atanh: elementwise({ low: -0.7, high: 0.7 }),
  Sigmoid: elementwise(),
  Softplus: elementwise(),
  Softsign: elementwise({ kinks: [0] }),
  Erf: elementwise(),
  Gelu: elementwise({}, [{}, { approximate: text("none") }, { approximate: text("tanh") }]),
  Mish: elementwise(),
});
