import type { GraphBuilder } from "../builder.ts";
import { floatOf, intOf, intsOf, type Value } from "../graph.ts";
import type { GradientRule } from "./gradient-rule.ts";
import { rankOf } from "./runtime-shape.ts";

/** Sums over neighbouring channels, so many before and behind each. */
function neighbours(builder: GraphBuilder, x: Value, before: number, behind: number): Value {
  if (before + behind === 0) return x;
  const around = builder.op("Pad", [x, builder.integers([before, behind]), undefined, builder.integers([1])]);
  const shifted = Array.from({ length: before + behind + 1 }, (_, at) =>
    builder.slice(around, [at], [at < before + behind ? at - before - behind : Number.MAX_SAFE_INTEGER], [1]),
  );
  return builder.op("Sum", shifted);
}

/** y = x / s^β with s = k + α/n Σ x² over the channels nearby (Krizhevsky et al., NIPS 2012, §3.3). */
const local: GradientRule = ({ node, builder, inputs, cotangents }) => {
  const [x, g] = [inputs[0] as Value, cotangents[0] as Value];
  const [size, alpha, beta] = [intOf(node, "size", 1), floatOf(node, "alpha", 1e-4), floatOf(node, "beta", 0.75)];
  const [before, behind] = [Math.floor((size - 1) / 2), Math.ceil((size - 1) / 2)];
  const squares = neighbours(builder, builder.mul(x, x), before, behind);
  const spread = builder.add(builder.mul(squares, alpha / size), floatOf(node, "bias", 1));
  const scaled = builder.mul(g, builder.pow(spread, -beta));
  // Who sees a channel behind it is who has it among those before.
  const seen = neighbours(builder, builder.div(builder.mul(scaled, x), spread), behind, before);
  return [builder.sub(scaled, builder.mul(builder.mul(x, seen), (2 * alpha * beta) / size))];
};

/** y = x / ‖x‖ along one axis. */
const byNorm: GradientRule = ({ node, builder, inputs, outputs, cotangents }) => {
  const [x, y, g] = [inputs[0] as Value, outputs[0] as Value, cotangents[0] as Value];
  const axis = intOf(node, "axis", -1);
  const isSum = intOf(node, "p", 2) === 1;
  const along = builder.reduceSum(builder.mul(g, y), [axis], true);
  const square = (value: Value): Value => builder.reduceSum(builder.mul(value, value), [axis], true);
  const norm = isSum ? builder.reduceSum(builder.abs(x), [axis], true) : builder.sqrt(square(x));
  return [builder.div(builder.sub(g, builder.mul(isSum ? builder.sign(x) : y, along)), norm)];
};

/** Mean 0 and variance 1 over some axes, by what ONNX's own definition of it adds to the deviation. */
const standard: GradientRule = ({ node, builder, inputs, cotangents }) => {
  const [x, g] = [inputs[0] as Value, cotangents[0] as Value];
  const axes = intsOf(node, "axes") ?? [0, 2, 3].filter((axis) => axis < rankOf(x));
  const mean = (value: Value): Value => builder.reduceMean(value, axes, true);
  const centred = builder.sub(x, mean(x));
  const inverse = builder.op("Reciprocal", [builder.add(builder.sqrt(mean(builder.mul(centred, centred))), 1e-9)]);
  const unit = builder.mul(centred, inverse);
  const along = builder.mul(unit, mean(builder.mul(g, unit)));
  return [builder.mul(builder.sub(builder.sub(g, mean(g)), along), inverse)];
};

/** Gradients of what is normalised by its neighbours, or without weights. */
export const localNormalizationRules: Readonly<Record<string, GradientRule>> = {
  LRN: local,
  LpNormalization: byNorm,
  MeanVarianceNormalization: standard,
};
