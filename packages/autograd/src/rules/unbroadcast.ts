import type { GraphBuilder } from "../builder.ts";
import { int, type Dimension, type Value } from "../graph.ts";
import { GraphError } from "../graph-error.ts";
import { formatShape } from "../shapes/shape-rule.ts";

/**
 * Sums a cotangent over the axes along which its operand was broadcast, the adjoint of broadcasting. Where a named size
 * leaves open whether it was 1, that is found out when the graph runs.
 *
 * @returns a value of the operand's shape
 * @throws GraphError when the rank of either is not known
 */
export function unbroadcast(builder: GraphBuilder, cotangent: Value, operand: Value): Value {
  const from = cotangent.shape;
  const to = operand.shape;
  if (from === undefined || to === undefined) {
    throw new GraphError(`Gradient of "${operand.name}" needs the number of its axes, which is not known`, {
      node: operand.name,
    });
  }
  if (to.length > from.length) {
    throw new GraphError(`Gradient ${formatShape(from)} has fewer axes than "${operand.name}" ${formatShape(to)}`, {
      node: operand.name,
    });
  }
  const lead = from.length - to.length;
  const pairs = to.map((size, axis): [Dimension, Dimension] => [size, from[axis + lead] as Dimension]);
  if (pairs.some(([size, wide]) => typeof size === "string" && size !== wide))
    return sumToRuntimeShape(builder, cotangent, operand, lead);
  let result = cotangent;
  if (lead > 0) result = builder.reduceSum(result, range(lead));
  const stretched = pairs.flatMap(([size, wide], axis) => (size === 1 && wide !== 1 ? [axis] : []));
  return stretched.length > 0 ? builder.reduceSum(result, stretched, true) : result;
}

function sumToRuntimeShape(builder: GraphBuilder, cotangent: Value, operand: Value, lead: number): Value {
  const shape = builder.shapeOf(operand);
  const kept = lead > 0 ? builder.reduceSum(cotangent, range(lead)) : cotangent;
  const ones = builder.equal(shape, builder.integers((operand.shape ?? []).map(() => 1)));
  // Axes of size 1 are summed over even where nothing was stretched: that leaves them as they are.
  const axes = builder.squeeze(builder.op("NonZero", [ones]), [0]);
  const summed = builder.op("ReduceSum", [kept, axes], { keepdims: int(1), noop_with_empty_axes: int(1) });
  return builder.reshape(summed, shape);
}

function range(length: number): readonly number[] {
  return Array.from({ length }, (_, index) => index);
}
