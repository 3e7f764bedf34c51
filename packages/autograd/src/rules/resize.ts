import type { GraphBuilder } from "../builder.ts";
import { intsOf, textOf, type Node, type Value } from "../graph.ts";
import { graphFault } from "../shapes/shape-rule.ts";
import { numbersOf } from "../tensor.ts";
import type { GradientRule } from "./gradient-rule.ts";
import { axisFromFront, entryOf, rankOf, sizeVector } from "./runtime-shape.ts";
import { countTo } from "./scatter.ts";

type Sized = {
  readonly builder: GraphBuilder;
  readonly node: Node;
  readonly x: Value;
  /** The factors or the sizes that the node is given: one of the two. */
  readonly scales: Value | undefined;
  readonly sizes: Value | undefined;
};

/** The matrix that one axis is multiplied by, [size before, size after]: what the same node makes of the unit matrix. */
function interpolation({ builder, node, x, scales, sizes }: Sized, axis: number, at: number): Value {
  const size = sizeVector(builder, x, axis);
  const numbers = countTo(builder, size);
  const isUnit = builder.equal(builder.unsqueeze(numbers, [0]), builder.unsqueeze(numbers, [1]));
  const unit = builder.unsqueeze(builder.cast(isUnit, x.type), [0, 1]);
  const { axes: _, ...attributes } = node.attributes;
  const ones = builder.cast(builder.integers([1, 1, 1]), "float32");
  const target =
    sizes === undefined
      ? [builder.concat([ones, builder.slice(scales as Value, [at], [at + 1], [0])], 0)]
      : [undefined, builder.concat([builder.integers([1, 1]), size, entryOf(builder, sizes, at)], 0)];
  return builder.reshape(
    builder.op("Resize", [unit, undefined, ...target], attributes),
    builder.concat([size, builder.integers([-1])], 0),
  );
}

/** Whether an axis is sure to stay as it is. */
function stays({ builder, scales, sizes, x }: Sized, axis: number, at: number): boolean {
  const known = scales === undefined ? undefined : builder.constantOf(scales);
  if (sizes === undefined) return known !== undefined && numbersOf(known)[at] === 1;
  return builder.dimensionsOf(sizes)?.[at] === x.shape?.[axis];
}

/** Each axis is resized by itself, and linearly: the cotangent is multiplied by the transposed matrices. */
const resize: GradientRule = ({ node, builder, inputs, cotangents }) => {
  const [x, , given, sizes] = inputs as readonly [Value, Value | undefined, Value | undefined, Value | undefined];
  if (textOf(node, "coordinate_transformation_mode", "half_pixel") === "tf_crop_and_resize") {
    throw graphFault(node, "has no gradient where it crops");
  }
  if (textOf(node, "keep_aspect_ratio_policy", "stretch") !== "stretch") {
    throw graphFault(node, "has no gradient where it keeps the aspect ratio");
  }
  const sized: Sized = { builder, node, x, scales: sizes === undefined ? given : undefined, sizes };
  const rank = rankOf(x);
  const order = Array.from({ length: rank }, (_, axis) => axis);
  let g = cotangents[0] as Value;
  for (const [at, listed] of (intsOf(node, "axes") ?? order).entries()) {
    const axis = axisFromFront(listed, rank);
    if (stays(sized, axis, at)) continue;
    if (sizes === undefined && typeof x.shape?.[axis] === "number" && x.shape[axis] === cotangents[0]?.shape?.[axis]) {
      // What comes of such a factor depends, in the runtime, on the other axes.
      throw graphFault(node, `has no gradient where a factor leaves axis ${axis} as long as it is`);
    }
    // An axis changes places with the last one, which matrix products go over.
    const swapped = order.with(axis, rank - 1).with(rank - 1, axis);
    const matrix = builder.transpose(interpolation(sized, axis, at));
    g = builder.transpose(builder.matMul(builder.transpose(g, swapped), matrix), swapped);
  }
  return [g];
};

/** Gradients of what makes pictures larger or smaller. */
export const resizeRules: Readonly<Record<string, GradientRule>> = { Resize: resize };
