import { arithmeticRules } from "./arithmetic.ts";
import type { GradientRule } from "./gradient-rule.ts";
import { linearRules } from "./linear.ts";
import { measuredRules } from "./measured.ts";
import { smoothRules } from "./smooth.ts";

/** Gradient rules by operator. */
export const gradientRules: ReadonlyMap<string, GradientRule> = new Map(
  Object.entries({ ...arithmeticRules, ...linearRules, ...measuredRules, ...smoothRules }),
);

/** Operators whose result does not change with their inputs, or only in steps: the gradient through them is nothing. */
export const flatOperators: ReadonlySet<string> = new Set(
  (
    "Shape Size ArgMax ArgMin Equal Less LessOrEqual Greater GreaterOrEqual Not And Or Xor IsNaN IsInf NonZero OneHot " +
    "Sign Ceil Floor Round ConstantOfShape EyeLike Range RandomNormalLike RandomUniformLike Hardmax"
  ).split(" "),
);
