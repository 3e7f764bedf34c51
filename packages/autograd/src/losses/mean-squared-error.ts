import type { GraphBuilder } from "../builder.ts";
import type { Value } from "../graph.ts";

/**
 * Mean of (scores − targets)² over all their values.
 *
 * @param scores of any shape
 * @param targets of the same shape
 */
export function meanSquaredError(builder: GraphBuilder, scores: Value, targets: Value): Value {
  const error = builder.sub(scores, targets);
  return builder.reduceMean(builder.mul(error, error));
}
