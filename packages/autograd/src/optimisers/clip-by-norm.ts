import type { GraphBuilder } from "../builder.ts";
import type { Value } from "../graph.ts";

/** A gradient in parts, no longer than `most` as a whole, and the length it had; without `most` only its length is taken. */
export function clipByNorm(
  builder: GraphBuilder,
  gradient: readonly Value[],
  most?: number,
): { gradient: readonly Value[]; norm: Value } {
  const squares = gradient.map((part) => builder.reduceSum(builder.mul(part, part)));
  const norm = builder.sqrt(squares.reduce((sum, square) => builder.add(sum, square)));
  if (most === undefined) return { gradient, norm };
  const factor = builder.div(most, builder.max(norm, most));
  return { gradient: gradient.map((part) => builder.mul(part, factor)), norm };
}
