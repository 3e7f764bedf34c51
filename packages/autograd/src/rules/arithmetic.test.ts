import fc from "fast-check";
import { int } from "../graph.ts";
import { broadcastShapes, floats, seeds, shapes, type FloatRange } from "../testing/case-draws.ts";
import { checkRules } from "../testing/check-rules.ts";
import type { CaseInput, GradientCase } from "../testing/gradient-case.ts";
import { arithmeticRules } from "./arithmetic.ts";

type Cases = fc.Arbitrary<Omit<GradientCase, "op">>;

function together(count: fc.Arbitrary<number>, right: FloatRange = {}): Cases {
  return fc.tuple(count.chain(broadcastShapes), seeds, fc.boolean()).map(([drawn, seed, isOpen]) => ({
    inputs: drawn.map((shape, index) => floats(seed + index, shape, index === 0 ? {} : right)),
    isOpen,
  }));
}

const pair = fc.constant(2);
const unary: Cases = fc
  .tuple(shapes(), seeds, fc.boolean())
  .map(([shape, seed, isOpen]) => ({ inputs: [floats(seed, shape)], isOpen }));

const power: Cases = fc
  .tuple(broadcastShapes(2), seeds, fc.constantFrom("free", 0, 1, 2, 3, -1, 0.5, -1.5, "whole"), fc.boolean())
  .map(([[a = [], b = []], seed, kind, isOpen]) => {
    const base = floats(seed, a, { low: 0.4 });
    if (kind === "free") return { inputs: [base, floats(seed + 1, b)], isOpen };
    if (kind === "whole") {
      const whole: CaseInput = { shape: b, values: floats(seed, b).values.map(Math.round), type: "int64" };
      return { inputs: [floats(seed, a, { kinks: [0] }), whole], isOpen };
    }
    return { inputs: [base, { shape: [], values: [Number(kind)], isConstant: true }], isOpen };
  });

/** Quotients are kept away from whole numbers, where the remainder jumps. */
const remainder: Cases = fc.tuple(shapes(), seeds, fc.boolean()).map(([shape, seed, isOpen]) => {
  const divisor = floats(seed, shape, { low: 1.5, high: 2.5 });
  const quotient = floats(seed + 1, shape, { low: -2.7, high: 2.7, kinks: [-2, -1, 0, 1, 2] });
  const values = quotient.values.map((value, index) => value * (divisor.values[index] as number));
  return { inputs: [{ shape, values }, divisor], attributes: { fmod: int(1) }, isOpen };
});

checkRules("sums, products and powers", arithmeticRules, {
  Add: together(pair),
  Sub: together(pair),
  Mul: together(pair),
  Div: together(pair, { low: 0.5, high: 2 }),
  Mod: remainder,
  Pow: power,
  Sum: together(fc.integer({ min: 1, max: 4 })),
  Mean: together(fc.integer({ min: 1, max: 4 })),
  Neg: unary,
  Identity: unary,
});
