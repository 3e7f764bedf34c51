import type { GraphBuilder } from "../builder.ts";
import { floatOf, intOf, type Node, type Value } from "../graph.ts";
import { graphFault } from "../shapes/shape-rule.ts";
import type { GradientRule } from "./gradient-rule.ts";
import { axisFromFront, expandLike, rankOf, reshapeLike } from "./runtime-shape.ts";
import { unbroadcast } from "./unbroadcast.ts";

const from = (first: number, rank: number): readonly number[] =>
  Array.from({ length: Math.max(0, rank - first) }, (_, index) => first + index);

/** One entry per channel, standing along the second axis of `rank`. */
function perChannel(builder: GraphBuilder, vector: Value, rank: number): Value {
  return rank === 2 ? vector : builder.reshape(vector, [-1, ...from(2, rank).map(() => 1)]);
}

function channelSum(builder: GraphBuilder, x: Value): Value {
  return builder.reduceSum(x, [0, ...from(2, rankOf(x))]);
}

/** (x − mean) / √(variance + ε) · scale + shift, with mean and variance given. */
const batch: GradientRule = ({ node, builder, inputs, cotangents, wanted }) => {
  const [x, scale, , mean, variance] = inputs as readonly [Value, Value, Value, Value, Value];
  if (intOf(node, "training_mode", 0) !== 0) throw graphFault(node, "has a gradient only in the form for inference");
  const g = cotangents[0] as Value;
  const rank = rankOf(x);
  const spread = builder.add(variance, floatOf(node, "epsilon", 1e-5));
  const inverse = builder.op("Reciprocal", [builder.sqrt(spread)]);
  const factor = builder.mul(scale, inverse);
  const needs = (...indices: number[]): boolean => indices.some((index) => wanted[index] === true);
  const sum = needs(2, 3) ? channelSum(builder, g) : undefined;
  const moment = needs(1, 4)
    ? builder.mul(channelSum(builder, builder.mul(g, builder.sub(x, perChannel(builder, mean, rank)))), inverse)
    : undefined;
  return [
    needs(0) ? builder.mul(g, perChannel(builder, factor, rank)) : undefined,
    moment,
    sum,
    needs(3) && sum ? builder.neg(builder.mul(sum, factor)) : undefined,
    needs(4) && moment ? builder.div(builder.mul(builder.mul(moment, scale), -0.5), spread) : undefined,
  ];
};

type Normalised = {
  /** The values with mean 0 and variance 1. */
  readonly unit: Value;
  readonly inverse: Value;
  readonly mean: (value: Value) => Value;
};

function normalised(builder: GraphBuilder, node: Node, x: Value, axes: readonly number[]): Normalised {
  const mean = (value: Value): Value => builder.reduceMean(value, axes, true);
  const centred = builder.sub(x, mean(x));
  const spread = builder.add(mean(builder.mul(centred, centred)), floatOf(node, "epsilon", 1e-5));
  const inverse = builder.op("Reciprocal", [builder.sqrt(spread)]);
  return { unit: builder.mul(centred, inverse), inverse, mean };
}

/** What of a cotangent of the normalised values is left when neither mean nor variance can change. */
function throughUnit(builder: GraphBuilder, { unit, inverse, mean }: Normalised, g: Value): Value {
  const along = builder.mul(unit, mean(builder.mul(g, unit)));
  return builder.mul(builder.sub(builder.sub(g, mean(g)), along), inverse);
}

const layer: GradientRule = ({ node, builder, inputs, outputs, cotangents, wanted }) => {
  const [x, scale, shift] = inputs as readonly [Value, Value | undefined, Value | undefined];
  const rank = rankOf(x);
  const axes = from(axisFromFront(intOf(node, "axis", -1), rank), rank);
  const [g, byMean, byInverse] = cotangents.map((value) => value && matching(builder, value, x));
  const [, stated, statedInverse] = outputs;
  // The node has already found mean and deviation where it was asked for both.
  const known: Normalised | undefined =
    stated?.type === x.type && statedInverse?.type === x.type
      ? {
          unit: builder.mul(builder.sub(x, stated), statedInverse),
          inverse: statedInverse,
          mean: (value) => builder.reduceMean(value, axes, true),
        }
      : undefined;
  const found = known ?? normalised(builder, node, x, axes);
  const count = builder.div(
    builder.cast(builder.op("Size", [x]), x.type),
    builder.cast(builder.op("Size", [found.inverse]), x.type),
  );
  const flows: Value[] = [];
  if (wanted[0] === true) {
    if (g) flows.push(throughUnit(builder, found, scale ? builder.mul(g, scale) : g));
    if (byMean) flows.push(builder.div(byMean, count));
    if (byInverse) {
      const slope = builder.mul(byInverse, builder.mul(found.inverse, found.inverse));
      flows.push(builder.neg(builder.mul(builder.div(slope, count), found.unit)));
    }
  }
  const total = flows.length === 0 ? undefined : flows.reduce((left, right) => builder.add(left, right));
  return [
    total && expandLike(builder, total, x),
    wanted[1] === true && g && scale ? unbroadcast(builder, builder.mul(g, found.unit), scale) : undefined,
    wanted[2] === true && g && shift ? unbroadcast(builder, g, shift) : undefined,
  ];
};

function matching(builder: GraphBuilder, value: Value, like: Value): Value {
  return value.type === like.type ? value : builder.cast(value, like.type);
}

const instance: GradientRule = ({ node, builder, inputs, cotangents, wanted }) => {
  const [x, scale] = inputs as readonly [Value, Value];
  const g = cotangents[0] as Value;
  const rank = rankOf(x);
  const found = normalised(builder, node, x, from(2, rank));
  return [
    wanted[0] === true ? throughUnit(builder, found, builder.mul(g, perChannel(builder, scale, rank))) : undefined,
    wanted[1] === true ? channelSum(builder, builder.mul(g, found.unit)) : undefined,
    wanted[2] === true ? channelSum(builder, g) : undefined,
  ];
};

/** All of a group of channels is normalised together. */
const group: GradientRule = ({ node, builder, inputs, cotangents, wanted }) => {
  const [x, scale] = inputs as readonly [Value, Value];
  const g = cotangents[0] as Value;
  const rank = rankOf(x);
  const grouped = (value: Value): Value => builder.reshape(value, [0, intOf(node, "num_groups", 1), -1]);
  const found = normalised(builder, node, grouped(x), [2]);
  const flow = (): Value => throughUnit(builder, found, grouped(builder.mul(g, perChannel(builder, scale, rank))));
  return [
    wanted[0] === true ? reshapeLike(builder, flow(), x) : undefined,
    wanted[1] === true ? channelSum(builder, builder.mul(g, reshapeLike(builder, found.unit, x))) : undefined,
    wanted[2] === true ? channelSum(builder, g) : undefined,
  ];
};

/** Gradients of normalisations. */
export const normalizationRules: Readonly<Record<string, GradientRule>> = {
  BatchNormalization: batch,
  LayerNormalization: layer,
  InstanceNormalization: instance,
  GroupNormalization: group,
};
