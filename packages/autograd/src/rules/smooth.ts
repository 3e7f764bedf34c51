import type { GraphBuilder } from "../builder.ts";
import type { Value } from "../graph.ts";
import type { GradientRule } from "./gradient-rule.ts";

/** g · f′, with f′ from the input and the output. */
function slope(of: (builder: GraphBuilder, x: Value, y: Value) => Value): GradientRule {
  return ({ builder, inputs, outputs, cotangents }) => [
    builder.mul(cotangents[0] as Value, of(builder, inputs[0] as Value, outputs[0] as Value)),
  ];
}

/** Gradients of smooth functions of one argument. */
export const smoothRules: Readonly<Record<string, GradientRule>> = {
  Sin: slope((b, x) => b.cos(x)),
  Cos: slope((b, x) => b.neg(b.sin(x))),
  Exp: slope((_, _x, y) => y),
  Tanh: slope((b, _, y) => b.sub(1, b.mul(y, y))),
};
