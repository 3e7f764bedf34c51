import type { GraphBuilder } from "../builder.ts";
import type { Value } from "../graph.ts";

/**
 * Mean over rows and classes of max(0, margin − score of the right class + score), the right class left out
 * (Weston & Watkins, CSD-TR-98-04, 1998).
 *
 * @param scores [rows, classes]
 * @param targets [rows, classes], one for the right class, zero elsewhere
 * @param margin by which the right class shall lead
 */
export function hinge(builder: GraphBuilder, scores: Value, targets: Value, margin = 1): Value {
  const b = builder;
  const own = b.reduceSum(b.mul(scores, targets), [-1], true);
  const short = b.relu(b.add(b.sub(scores, own), margin));
  return b.reduceMean(b.mul(short, b.sub(1, targets)));
}
