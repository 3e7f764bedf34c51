import type { GraphBuilder } from "../builder.ts";
import type { Value } from "../graph.ts";

/**
 * Mean over the rows of −Σ target · log softmax(scores).
 *
 * @param scores [rows, classes], before any softmax
 * @param targets [rows, classes], each row of sum 1: one for the class, zero elsewhere
 */
export function crossEntropy(builder: GraphBuilder, scores: Value, targets: Value): Value {
  return builder.neg(builder.reduceMean(builder.reduceSum(builder.mul(targets, builder.logSoftmax(scores)), [-1])));
}
