import { int, text, type Value } from "../graph.ts";
import type { GraphBuilder } from "../builder.ts";
import { tensor } from "../tensor.ts";
import { rankOf, sizeVector, zerosLike } from "./runtime-shape.ts";

/** 0, 1, … up to the number in a vector of one entry. */
export function countTo(builder: GraphBuilder, size: Value): Value {
  const scalar = (value: number): Value => builder.constant(tensor("int64", [], [value]));
  return builder.op("Range", [scalar(0), builder.squeeze(size, [0]), scalar(1)]);
}

/**
 * Adds slices of `g` along one axis to zeros of the size of that axis in `like`, at the places in the vector `indices`: the
 * adjoint of `Gather` by a vector.
 *
 * @param like a value of g's rank; its other sizes are not looked at
 */
export function scatterAlong(builder: GraphBuilder, g: Value, indices: Value, axis: number, like: Value): Value {
  const rank = rankOf(g);
  const others = (side: readonly number[]): Value[] => side.map((at) => sizeVector(builder, g, at));
  const axes = Array.from({ length: rank }, (_, at) => at);
  const zeros = builder.op(
    "ConstantOfShape",
    [builder.concat([...others(axes.slice(0, axis)), sizeVector(builder, like, axis), ...others(axes.slice(axis + 1))], 0)],
    { value: { kind: "tensor", value: tensor(g.type, [1], [0]) } },
  );
  const standing = builder.unsqueeze(
    indices,
    axes.filter((at) => at !== axis),
  );
  const everywhere = builder.expand(standing, builder.shapeOf(g));
  return builder.op("ScatterElements", [zeros, everywhere, g], { axis: int(axis), reduction: text("add") });
}

/** Adds what stands in `g` to zeros like `like` at the places that ScatterND takes from `indices`. */
export function scatterNdAdd(builder: GraphBuilder, g: Value, indices: Value, like: Value): Value {
  return builder.op("ScatterND", [zerosLike(builder, like), indices, g], { reduction: text("add") });
}
