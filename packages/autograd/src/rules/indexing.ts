import { type Dimension, int, intOf, type Value } from "../graph.ts";
import type { GradientRule } from "./gradient-rule.ts";
import { axisFromFront, rankOf, shapeVector, sizeVector, zerosLike } from "./runtime-shape.ts";
import { countTo, scatterAlong, scatterNdAdd } from "./scatter.ts";
import type { GraphBuilder } from "../builder.ts";
import { numbersOf, tensor } from "../tensor.ts";
import { text } from "../graph.ts";

const gather: GradientRule = ({ node, builder, inputs, cotangents }) => {
  const [x, indices] = inputs as readonly [Value, Value];
  const g = cotangents[0] as Value;
  const axis = axisFromFront(intOf(node, "axis", 0), rankOf(x));
  const size = x.shape?.[axis];
  const constant = builder.constantOf(indices);
  if (constant?.data.length === 1 && typeof size === "number") {
    const at = axisFromFront(Number(numbersOf(constant)[0]), size);
    const row = constant.shape.length === 0 ? builder.unsqueeze(g, [axis]) : reshapeAxis(builder, g, axis, constant.shape.length);
    return [builder.op("Pad", [row, builder.integers([at, size - 1 - at]), undefined, builder.integers([axis])])];
  }
  const back = constant === undefined ? undefined : inversePermutation(numbersOf(constant), size);
  if (back !== undefined && constant?.shape.length === 1)
    return [builder.gather(g, builder.constant(tensor("int64", [back.length], back)), axis)];
  // Whole rows at once where the first axis is picked from, else element by element.
  if (axis === 0) return [scatterNdAdd(builder, g, builder.unsqueeze(indices, [-1]), x)];
  const picks = builder.reshape(indices, [-1]);
  return [scatterAlong(builder, reshapeAxis(builder, g, axis, rankOf(indices)), picks, axis, x)];
};

/** Where each index stands, if every one of `size` stands there once: then what was picked goes back as it came. */
function inversePermutation(indices: readonly number[], size: Dimension | undefined): readonly number[] | undefined {
  if (indices.length !== size) return undefined;
  const places = Array.from({ length: size }, () => -1);
  for (const [place, index] of indices.entries()) places[index < 0 ? index + size : index] = place;
  return places.every((place) => place >= 0) ? places : undefined;
}

/** Makes one axis of the `count` axes from `axis` on; none become one of size 1. */
function reshapeAxis(builder: GraphBuilder, g: Value, axis: number, count: number): Value {
  if (count === 1) return g;
  if (count === 0) return builder.unsqueeze(g, [axis]);
  const rank = rankOf(g);
  const sizes = (from: number, to: number): Value[] =>
    Array.from({ length: to - from }, (_, index) => sizeVector(builder, g, from + index));
  const shape = builder.concat([...sizes(0, axis), builder.integers([-1]), ...sizes(axis + count, rank)], 0);
  return builder.reshape(g, shape);
}

const gatherElements: GradientRule = ({ node, builder, inputs, cotangents }) => {
  const zeros = zerosLike(builder, inputs[0] as Value);
  const attributes = { axis: int(intOf(node, "axis", 0)), reduction: text("add") };
  return [builder.op("ScatterElements", [zeros, inputs[1], cotangents[0]], attributes)];
};

/** The batch axes become one more coordinate in front of the others. */
const gatherNd: GradientRule = ({ node, builder, inputs, cotangents }) => {
  const [x, indices] = inputs as readonly [Value, Value];
  const g = cotangents[0] as Value;
  let places = indices;
  const rank = rankOf(indices);
  for (let axis = intOf(node, "batch_dims", 0) - 1; axis >= 0; axis -= 1) {
    const numbers = countTo(builder, sizeVector(builder, indices, axis));
    const standing = builder.unsqueeze(
      numbers,
      Array.from({ length: rank }, (_, at) => at).filter((at) => at !== axis),
    );
    const one = builder.slice(indices, [0], [1], [-1]);
    const coordinate = builder.expand(standing, builder.shapeOf(one));
    places = builder.concat([coordinate, places], -1);
  }
  return [scatterNdAdd(builder, g, places, x)];
};

/** Values go back to where they were picked. */
const topK: GradientRule = ({ node, builder, inputs, outputs, cotangents }) => {
  const zeros = zerosLike(builder, inputs[0] as Value);
  return cotangents[0] === undefined
    ? []
    : [builder.op("ScatterElements", [zeros, outputs[1], cotangents[0]], { axis: int(intOf(node, "axis", -1)) })];
};

/** Of the pair of values the second flows where the mark stands, the first everywhere else. */
const oneHot: GradientRule = ({ node, builder, inputs, cotangents, wanted }) => {
  if (wanted[2] !== true) return [];
  const [indices, depth] = inputs as readonly [Value, Value];
  const g = cotangents[0] as Value;
  const pair = builder.cast(builder.integers([0, 1]), g.type);
  const marks = builder.op("OneHot", [indices, depth, pair], { axis: int(intOf(node, "axis", -1)) });
  const [all, on] = [builder.reduceSum(g), builder.reduceSum(builder.mul(g, marks))];
  const values = [builder.sub(all, on), on].map((sum) => builder.unsqueeze(sum, [0]));
  return [undefined, undefined, builder.concat(values, 0)];
};

/** Each entry is the start and so many steps. */
const range: GradientRule = ({ builder, cotangents, wanted }) => {
  const g = cotangents[0] as Value;
  const steps = (): Value => builder.cast(countTo(builder, shapeVector(builder, g)), g.type);
  return [
    wanted[0] === true ? builder.reduceSum(g) : undefined,
    undefined,
    wanted[2] === true ? builder.reduceSum(builder.mul(g, steps())) : undefined,
  ];
};
/** Gradients of what picks elements by their position. */
export const indexingRules: Readonly<Record<string, GradientRule>> = {
  Gather: gather,
  GatherElements: gatherElements,
  GatherND: gatherNd,
  TopK: topK,
  OneHot: oneHot,
  Range: range,
};
