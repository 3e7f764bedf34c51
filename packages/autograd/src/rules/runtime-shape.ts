import type { GraphBuilder } from "../builder.ts";
import { int, type Attribute, type Shape, type Value } from "../graph.ts";
import { GraphError } from "../graph-error.ts";
import { tensor } from "../tensor.ts";

/** The number of axes. @throws GraphError when it is not known, which a rule then cannot do without */
export function rankOf(value: Value): number {
  if (value.shape !== undefined) return value.shape.length;
  throw new GraphError(`Gradient of "${value.name}" needs the number of its axes, which is not known`, { node: value.name });
}

function numbersOnly(shape: Shape | undefined): readonly number[] | undefined {
  return shape?.every((size) => typeof size === "number") === true ? shape : undefined;
}

/** A value's shape as a vector: a constant where all sizes are known, else what the graph finds when it runs. */
export function shapeVector(builder: GraphBuilder, value: Value): Value {
  const sizes = numbersOnly(value.shape);
  return sizes === undefined ? builder.shapeOf(value) : builder.integers(sizes);
}

/** The size of one axis as a vector of one entry. */
export function sizeVector(builder: GraphBuilder, value: Value, axis: number): Value {
  const size = value.shape?.[axis];
  if (typeof size === "number") return builder.integers([size]);
  return builder.op("Shape", [value], { start: int(axis), end: int(axis + 1) });
}

/** The elements of `value` in the shape of `like`. */
export function reshapeLike(builder: GraphBuilder, value: Value, like: Value): Value {
  if (isSameShape(value.shape, like.shape)) return value;
  const shape = like.shape;
  const open = shape?.filter((size) => typeof size === "string").length ?? 2;
  if (shape !== undefined && open <= 1 && !shape.includes(0)) {
    return builder.reshape(
      value,
      shape.map((size) => (typeof size === "string" ? -1 : size)),
    );
  }
  // A size of 0 is a size here, and not an order to copy one.
  return builder.op("Reshape", [value, shapeVector(builder, like)], { allowzero: int(1) });
}

/** `value` stretched to the shape of `like`, which it must broadcast to. */
export function expandLike(builder: GraphBuilder, value: Value, like: Value): Value {
  return isSameShape(value.shape, like.shape) ? value : builder.expand(value, shapeVector(builder, like));
}

/** Zeros of the type and shape of a value. */
export function zerosLike(builder: GraphBuilder, like: Value): Value {
  const value: Attribute = { kind: "tensor", value: tensor(like.type, [1], [0]) };
  return builder.op("ConstantOfShape", [shapeVector(builder, like)], { value });
}

/** Whether two shapes are sure to be the same when the graph runs. */
export function isSameShape(a: Shape | undefined, b: Shape | undefined): boolean {
  return a !== undefined && b !== undefined && a.length === b.length && a.every((size, axis) => size === b[axis]);
}

/** An axis counted from the front. */
export function axisFromFront(axis: number, rank: number): number {
  return axis < 0 ? axis + rank : axis;
}

/** One entry of a vector of whole numbers, as a vector of one. */
export function entryOf(builder: GraphBuilder, vector: Value, at: number): Value {
  const known = builder.dimensionsOf(vector);
  if (typeof known?.[at] === "number") return builder.integers([known[at]]);
  const entry = known?.length === 1 || vector.shape?.[0] === 1 ? vector : builder.slice(vector, [at], [at + 1], [0]);
  return entry.type === "int64" ? entry : builder.cast(entry, "int64");
}
