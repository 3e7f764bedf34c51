import { alongAxisRules } from "./along-axis.ts";
import { arithmeticRules } from "./arithmetic.ts";
import { convRules } from "./conv.ts";
import { conversionRules } from "./conversion.ts";
import { einsumRules } from "./einsum.ts";
import type { GradientRule } from "./gradient-rule.ts";
import { indexingRules } from "./indexing.ts";
import { joiningRules } from "./joining.ts";
import { kinkedRules } from "./kinked.ts";
import { linearRules } from "./linear.ts";
import { lossRules } from "./losses.ts";
import { measuredRules } from "./measured.ts";
import { movementRules } from "./movement.ts";
import { localNormalizationRules } from "./normalization-local.ts";
import { normalizationRules } from "./normalization.ts";
import { poolRules } from "./pool.ts";
import { reductionRules } from "./reduction.ts";
import { resizeRules } from "./resize.ts";
import { scatteringRules } from "./scattering.ts";
import { slicingRules } from "./slicing.ts";
import { smoothRules } from "./smooth.ts";

/** Gradient rules by operator. */
export const gradientRules: ReadonlyMap<string, GradientRule> = new Map(
  Object.entries({
    ...alongAxisRules,
    ...arithmeticRules,
    ...convRules,
    ...conversionRules,
    ...einsumRules,
    ...indexingRules,
    ...joiningRules,
    ...kinkedRules,
    ...linearRules,
    ...lossRules,
    ...localNormalizationRules,
    ...measuredRules,
    ...movementRules,
    ...normalizationRules,
    ...poolRules,
    ...reductionRules,
    ...resizeRules,
    ...scatteringRules,
    ...slicingRules,
    ...smoothRules,
  }),
);

/** Operators whose result does not change with their inputs, or only in steps: the gradient through them is nothing. */
export const flatOperators: ReadonlySet<string> = new Set(
  (
    "Shape Size ArgMax ArgMin Equal Less LessOrEqual Greater GreaterOrEqual Not And Or Xor IsNaN IsInf NonZero " +
    "Sign Ceil Floor Round ConstantOfShape EyeLike RandomNormalLike RandomUniformLike Bernoulli Multinomial Hardmax"
  ).split(" "),
);
