import { createRandom } from "@ohmwork/core";
import fc from "fast-check";
import { int, text } from "../graph.ts";
import { floats, seeds, shapes } from "../testing/case-draws.ts";
import { checkRules } from "../testing/check-rules.ts";
import type { GradientCase } from "../testing/gradient-case.ts";
import { sizeOf } from "../tensor.ts";
import { lossRules } from "./losses.ts";

type Cases = fc.Arbitrary<Omit<GradientCase, "op">>;

/** Scores of some classes for rows and pixels; the first label is never ignored, so that there is something to take the mean of. */
function loss(outputs: fc.Arbitrary<number>): Cases {
  return fc
    .tuple(
      fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 2, max: 4 }), shapes(0, 2, 2)),
      seeds,
      fc.constantFrom("mean", "sum", "none"),
      fc.constantFrom(undefined, 1, -1, 7),
      fc.boolean(),
      outputs,
      fc.boolean(),
    )
    .map(([[rows, classes, pixels], seed, reduction, ignored, isWeighted, count, isOpen]) => {
      const random = createRandom(seed, "labels");
      const shape = [rows, ...pixels];
      const values = Array.from({ length: sizeOf(shape) }, (_, at) =>
        at === 0 ? 0 : ignored !== undefined && random.uniform() < 0.3 ? ignored : random.below(classes),
      );
      return {
        inputs: [
          floats(seed, [rows, classes, ...pixels]),
          { shape, values, type: "int64" },
          isWeighted ? { ...floats(seed + 1, [classes], { low: 0.5 }), isConstant: seed % 2 === 0 } : undefined,
        ],
        attributes: { reduction: text(reduction), ...(ignored === undefined ? {} : { ignore_index: int(ignored) }) },
        outputs: count,
        isOpen,
      };
    });
}

checkRules("loss functions", lossRules, {
  NegativeLogLikelihoodLoss: loss(fc.constant(1)),
  SoftmaxCrossEntropyLoss: loss(fc.constantFrom(1, 2)),
});
