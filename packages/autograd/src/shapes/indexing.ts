import { intOf, type Dimension, type Shape } from "../graph.ts";
import { productOf } from "./movement.ts";
import { axisOf, formatShape, graphFault, required, type ShapeContext, type ShapeRule } from "./shape-rule.ts";

function indicesOf(context: ShapeContext, index: number): Shape | undefined {
  const { type, shape } = required(context, index);
  if (type !== "int64" && type !== "int32") throw graphFault(context.node, `indices must be whole numbers: ${type} given`);
  return shape;
}

const gather: ShapeRule = (context) => {
  const { type, shape } = required(context, 0);
  const indices = indicesOf(context, 1);
  if (shape === undefined) return [{ type }];
  const axis = axisOf(context.node, intOf(context.node, "axis", 0), shape.length);
  return [{ type, shape: indices === undefined ? undefined : [...shape.slice(0, axis), ...indices, ...shape.slice(axis + 1)] }];
};

const gatherElements: ShapeRule = (context) => {
  const { type, shape } = required(context, 0);
  const indices = indicesOf(context, 1);
  if (shape !== undefined) axisOf(context.node, intOf(context.node, "axis", 0), shape.length);
  if (shape !== undefined && indices !== undefined && shape.length !== indices.length) {
    throw graphFault(context.node, `indices ${formatShape(indices)} must have as many axes as ${formatShape(shape)}`);
  }
  return [{ type, shape: indices }];
};

const gatherNd: ShapeRule = (context) => {
  const { type, shape } = required(context, 0);
  const indices = indicesOf(context, 1);
  const depth = indices?.at(-1);
  if (shape === undefined || indices === undefined || typeof depth !== "number") return [{ type }];
  const shared = intOf(context.node, "batch_dims", 0);
  if (depth + shared > shape.length) {
    throw graphFault(context.node, `indices ${formatShape(indices)} reach deeper than ${formatShape(shape)}`);
  }
  return [{ type, shape: [...indices.slice(0, -1), ...shape.slice(shared + depth)] }];
};

const scattered: ShapeRule = (context) => {
  const { type, shape } = required(context, 0);
  indicesOf(context, 1);
  const updates = required(context, 2);
  if (updates.type !== type) {
    throw graphFault(context.node, `updates must be of the type of the data: ${updates.type} and ${type} given`);
  }
  return [{ type, shape }];
};

const topK: ShapeRule = (context) => {
  const { type, shape } = required(context, 0);
  if (shape === undefined) return [{ type }, { type: "int64" }];
  const axis = axisOf(context.node, intOf(context.node, "axis", -1), shape.length);
  const kept = shape.with(axis, context.dimensionsAt(1)?.[0] ?? context.unknown());
  return [
    { type, shape: kept },
    { type: "int64", shape: kept },
  ];
};

const oneHot: ShapeRule = (context) => {
  const { shape } = required(context, 0);
  const { type } = required(context, 2);
  if (shape === undefined) return [{ type }];
  const depth = context.dimensionsAt(1)?.[0] ?? context.unknown();
  const axis = axisOf(context.node, intOf(context.node, "axis", -1), shape.length + 1);
  return [{ type, shape: shape.toSpliced(axis, 0, depth) }];
};

const nonZero: ShapeRule = (context) => {
  const { shape } = required(context, 0);
  return [{ type: "int64", shape: [shape === undefined ? context.unknown() : Math.max(1, shape.length), context.unknown()] }];
};

const compress: ShapeRule = (context) => {
  const { type, shape } = required(context, 0);
  const axis = context.node.attributes["axis"];
  if (axis?.kind !== "int") return [{ type, shape: [context.unknown()] }];
  return [{ type, shape: shape?.with(axisOf(context.node, axis.value, shape.length), context.unknown()) }];
};

const unique: ShapeRule = (context) => {
  const { type, shape } = required(context, 0);
  const axis = context.node.attributes["axis"];
  const count = context.unknown();
  const values =
    axis?.kind === "int" ? shape?.with(axisOf(context.node, axis.value, shape.length), count) : ([count] satisfies Shape);
  const whole = shape === undefined ? context.unknown() : productOf(shape, context.unknown);
  return [
    { type, shape: values },
    { type: "int64", shape: [count] },
    { type: "int64", shape: [axis?.kind === "int" ? context.unknown() : whole] },
    { type: "int64", shape: [count] },
  ];
};

function quotient(context: ShapeContext, size: Dimension, times: number, by: number): Dimension {
  if (typeof size === "string") return context.unknown();
  if ((size * times) % by !== 0) throw graphFault(context.node, `a size of ${size} is not divisible by ${by}`);
  return (size * times) / by;
}

/** Squares of `blocksize` pixels go from the channels into the picture, or back. */
function blocks(intoPicture: boolean): ShapeRule {
  return (context) => {
    const { type, shape } = required(context, 0);
    if (shape === undefined) return [{ type }];
    if (shape.length !== 4) throw graphFault(context.node, `input must have 4 axes: ${formatShape(shape)} given`);
    const block = intOf(context.node, "blocksize", 1);
    const [batch, channels, rows, columns] = shape as readonly [Dimension, Dimension, Dimension, Dimension];
    const side = (size: Dimension): Dimension => quotient(context, size, intoPicture ? block : 1, intoPicture ? 1 : block);
    const deep = quotient(context, channels, intoPicture ? 1 : block ** 2, intoPicture ? block ** 2 : 1);
    return [{ type, shape: [batch, deep, side(rows), side(columns)] }];
  };
}

/** Shapes of what picks and places elements by their position. */
export const indexingShapes: Readonly<Record<string, ShapeRule>> = {
  Gather: gather,
  GatherElements: gatherElements,
  GatherND: gatherNd,
  ScatterElements: scattered,
  ScatterND: scattered,
  TopK: topK,
  OneHot: oneHot,
  NonZero: nonZero,
  Compress: compress,
  Unique: unique,
  DepthToSpace: blocks(true),
  SpaceToDepth: blocks(false),
};
