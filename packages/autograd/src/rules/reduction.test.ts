import fc from "fast-check";
import { int } from "../graph.ts";
import { distinctFloats, floats, integers, seeds, shapes, type FloatRange } from "../testing/case-draws.ts";
import { checkRules } from "../testing/check-rules.ts";
import type { CaseInput, GradientCase } from "../testing/gradient-case.ts";
import { reductionRules } from "./reduction.ts";

type Cases = fc.Arbitrary<Omit<GradientCase, "op">>;

/** Any axes, counted from either end, given as a constant, when the graph runs, or not at all. */
function reduction(draw: (seed: number, shape: readonly number[]) => CaseInput, isSmooth = true): Cases {
  return shapes(1).chain((shape) => {
    const subset = fc.subarray(shape.map((_, axis) => axis));
    const signs = fc.array(fc.boolean(), { minLength: 3, maxLength: 3 });
    const given = fc.constantFrom("constant", "input", "absent");
    return fc
      .tuple(seeds, subset, signs, given, fc.boolean(), fc.boolean(), fc.boolean())
      .map(([seed, chosen, fromEnd, kind, keep, noop, isOpen]) => {
        const listed = chosen.map((axis) => (fromEnd[axis] === true ? axis - shape.length : axis));
        // Axes that come when the graph runs are not empty: whether axes are put back must be known before.
        const isConstant = kind === "constant" || listed.length === 0;
        return {
          inputs: [draw(seed, shape), kind === "absent" ? undefined : { ...integers(listed), isConstant }],
          attributes: { keepdims: int(keep ? 1 : 0), noop_with_empty_axes: int(noop ? 1 : 0) },
          isOpen,
          isSmooth,
        };
      });
  });
}

const within =
  (range: FloatRange = {}) =>
  (seed: number, shape: readonly number[]): CaseInput =>
    floats(seed, shape, range);
const distinct = (seed: number, shape: readonly number[]): CaseInput => distinctFloats(seed, [shape])[0] as CaseInput;

checkRules("reductions", reductionRules, {
  ReduceSum: reduction(within()),
  ReduceMean: reduction(within()),
  ReduceMax: reduction(distinct),
  ReduceMin: reduction(distinct),
  ReduceProd: reduction(within({ low: 0.5, high: 1.5 })),
  ReduceL1: reduction(within({ kinks: [0] })),
  ReduceL2: reduction(within({ kinks: [0] })),
  ReduceSumSquare: reduction(within()),
  ReduceLogSum: reduction(within({ low: 0.5 })),
  ReduceLogSumExp: reduction(within()),
});
