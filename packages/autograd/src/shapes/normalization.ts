import { intOf } from "../graph.ts";
import { axisOf, required, type ShapeContext, type ShapeRule } from "./shape-rule.ts";

const same: ShapeRule = (context) => {
  const { type, shape } = required(context, 0);
  return [{ type, shape }];
};

/** In training it also makes the running mean and variance. */
const batch: ShapeRule = (context) => {
  const [values, mean, variance] = [0, 3, 4].map((index) => {
    const { type, shape } = required(context, index);
    return { type, shape };
  });
  return [values, mean, variance].filter((type) => type !== undefined);
};

const layer: ShapeRule = (context: ShapeContext) => {
  const { type, shape } = required(context, 0);
  const first = shape === undefined ? 0 : axisOf(context.node, intOf(context.node, "axis", -1), shape.length);
  const kept = shape?.map((size, axis) => (axis < first ? size : 1));
  const stash = intOf(context.node, "stash_type", 1) === 1 ? "float32" : type;
  return [
    { type, shape },
    { type: stash, shape: kept },
    { type: stash, shape: kept },
  ];
};

/** Shapes of normalisations, all of which leave them as they are. */
export const normalizationShapes: Readonly<Record<string, ShapeRule>> = {
  BatchNormalization: batch,
  LayerNormalization: layer,
  InstanceNormalization: same,
  GroupNormalization: same,
  LRN: same,
  LpNormalization: same,
  MeanVarianceNormalization: same,
};
