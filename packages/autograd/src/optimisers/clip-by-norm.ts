import type { GraphBuilder } from "../builder.ts";
import type { Value } from "../graph.ts";

/** A gradient no longer than `most`, and the length it had; without `most` only its length is taken. */
export function clipByNorm(builder: GraphBuilder, gradient: Value, most?: number): { gradient: Value; norm: Value } {
  const norm = builder.sqrt(builder.reduceSum(builder.mul(gradient, gradient)));
  if (most === undefined) return { gradient, norm };
  return { gradient: builder.mul(gradient, builder.div(most, builder.max(norm, most))), norm };
}
