import { numbersOf } from "../tensor.ts";
import type { Value } from "../graph.ts";
import { floatOf } from "../graph.ts";
import { graphFault } from "../shapes/shape-rule.ts";
import type { GradientRule } from "./gradient-rule.ts";

const cast: GradientRule = ({ builder, inputs, cotangents }) => {
  const [x, g] = [inputs[0] as Value, cotangents[0] as Value];
  return [g.type === x.type ? g : builder.cast(g, x.type)];
};

/** Without training nothing is dropped; in training the mask tells what was. */
const dropout: GradientRule = ({ node, builder, inputs, outputs, cotangents }) => {
  const [, ratio, training] = inputs;
  const g = cotangents[0] as Value;
  const known = training === undefined ? undefined : builder.constantOf(training);
  if (training === undefined || (known !== undefined && numbersOf(known)[0] === 0)) return [g];
  const mask = outputs[1];
  if (mask === undefined) throw graphFault(node, "has a gradient in training only where its mask is an output");
  const kept = builder.mul(g, builder.cast(mask, g.type));
  if (ratio === undefined) return [builder.mul(kept, 1 / (1 - floatOf(node, "ratio", 0.5)))];
  return [builder.div(kept, builder.sub(1, ratio.type === g.type ? ratio : builder.cast(ratio, g.type)))];
};

/** Gradients of what leaves values as they are, or as they are in another type. */
export const conversionRules: Readonly<Record<string, GradientRule>> = { Cast: cast, CastLike: cast, Dropout: dropout };
