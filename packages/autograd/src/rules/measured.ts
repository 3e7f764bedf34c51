import type { GradientRule } from "./gradient-rule.ts";

/** Gradients of our own primitives: a measured value hands its cotangent to the model. */
export const measuredRules: Readonly<Record<string, GradientRule>> = {
  Measured: ({ cotangents }) => [undefined, cotangents[0]],
};
