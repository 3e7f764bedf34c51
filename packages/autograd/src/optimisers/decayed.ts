import type { GraphBuilder } from "../builder.ts";
import type { Value } from "../graph.ts";

/** The gradient with the pull of weight decay towards 0: g + decay · p. */
export function decayed(b: GraphBuilder, gradient: Value, parameters: Value, decay: number): Value {
  return decay === 0 ? gradient : b.add(gradient, b.mul(parameters, decay));
}
