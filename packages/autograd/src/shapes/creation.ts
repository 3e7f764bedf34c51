import { intOf, intsOf, type Dimension, type ValueType } from "../graph.ts";
import { sizesAt } from "./movement.ts";
import { namedType, required, type ShapeRule } from "./shape-rule.ts";

const cast: ShapeRule = (context) => {
  const { type, shape } = required(context, 0);
  return [{ type: namedType(context, "to", type), shape }];
};

const castLike: ShapeRule = (context) => [{ type: required(context, 1).type, shape: required(context, 0).shape }];

const shapeVector: ShapeRule = (context) => {
  const { shape } = required(context, 0);
  if (shape === undefined) return [{ type: "int64", shape: [context.unknown()] }];
  const clamp = (at: number): number => Math.min(shape.length, Math.max(0, at < 0 ? at + shape.length : at));
  const [start, end] = [clamp(intOf(context.node, "start", 0)), clamp(intOf(context.node, "end", shape.length))];
  return [{ type: "int64", shape: [Math.max(0, end - start)] }];
};

const constant: ShapeRule = (context) => {
  const value = context.node.attributes["value"];
  return value?.kind === "tensor" ? [{ type: value.value.type, shape: value.value.shape }] : [];
};

const constantOfShape: ShapeRule = (context) => {
  const value = context.node.attributes["value"];
  return [{ type: value?.kind === "tensor" ? value.value.type : "float32", shape: sizesAt(context, 0) }];
};

const range: ShapeRule = (context) => {
  const { type } = required(context, 0);
  const [start, limit, delta] = [0, 1, 2].map((index) => context.dimensionsAt(index)?.[0]);
  if (start === 0 && delta === 1 && limit !== undefined) return [{ type, shape: [limit] }];
  const known = typeof start === "number" && typeof limit === "number" && typeof delta === "number";
  return [{ type, shape: [known ? Math.max(0, Math.ceil((limit - start) / delta)) : context.unknown()] }];
};

const like: ShapeRule = (context) => {
  const { type, shape } = required(context, 0);
  return [{ type: namedType(context, "dtype", type), shape }];
};

const random: ShapeRule = (context) => [{ type: namedType(context, "dtype", "float32"), shape: intsOf(context.node, "shape") }];

const multinomial: ShapeRule = (context) => {
  const rows: Dimension = required(context, 0).shape?.[0] ?? context.unknown();
  return [{ type: namedType(context, "dtype", "int32"), shape: [rows, intOf(context.node, "sample_size", 1)] }];
};

const dropout: ShapeRule = (context) => {
  const { type, shape } = required(context, 0);
  const made: ValueType[] = [
    { type, shape },
    { type: "bool", shape },
  ];
  return made;
};

/** Shapes of what makes tensors, or makes them of another type. */
export const creationShapes: Readonly<Record<string, ShapeRule>> = {
  Cast: cast,
  CastLike: castLike,
  Shape: shapeVector,
  Size: () => [{ type: "int64", shape: [] }],
  Constant: constant,
  ConstantOfShape: constantOfShape,
  Range: range,
  EyeLike: like,
  Bernoulli: like,
  RandomNormalLike: like,
  RandomUniformLike: like,
  RandomNormal: random,
  RandomUniform: random,
  Multinomial: multinomial,
  Dropout: dropout,
};
