import type { GraphBuilder } from "../builder.ts";
import type { Value } from "../graph.ts";
import { turnedWindowOf } from "../shapes/conv.ts";
import { windowOf } from "../shapes/window.ts";
import { biasByColumns, columnsOf } from "./conv-columns.ts";
import { attributesOf, convolutionOf, cutTo, kernelGradient, valuesGradient, type Convolution } from "./conv-parts.ts";
import type { GradientRule } from "./gradient-rule.ts";
import { rankOf } from "./runtime-shape.ts";

/** A bias is added to all samples and places of its channel. */
function biasGradient(builder: GraphBuilder, of: Convolution, x: Value, w: Value, g: Value): Value {
  const columns = columnsOf(of, x, w, g);
  if (columns !== undefined) return biasByColumns(builder, columns, g);
  return sumBeside(builder, g);
}

function sumBeside(builder: GraphBuilder, g: Value): Value {
  const axes = Array.from({ length: rankOf(g) }, (_, axis) => axis);
  return builder.reduceSum(
    g,
    axes.filter((axis) => axis !== 1),
  );
}

const conv: GradientRule = ({ node, builder, inputs, cotangents, wanted }) => {
  const [x, w] = inputs as readonly [Value, Value];
  const g = cotangents[0] as Value;
  const of = convolutionOf(node, x, w, windowOf);
  return [
    wanted[0] === true ? valuesGradient(builder, of, x, w, g) : undefined,
    wanted[1] === true ? kernelGradient(builder, of, x, w, g) : undefined,
    wanted[2] === true ? biasGradient(builder, of, x, w, g) : undefined,
  ];
};

/** Values and cotangent in each other's place. */
const convTranspose: GradientRule = ({ node, builder, inputs, cotangents, wanted }) => {
  const [x, w] = inputs as readonly [Value, Value];
  const g = cotangents[0] as Value;
  const of = convolutionOf(node, x, w, turnedWindowOf);
  return [
    wanted[0] === true ? cutTo(builder, builder.op("Conv", [g, w], attributesOf(of)), x) : undefined,
    wanted[1] === true ? kernelGradient(builder, of, g, w, x) : undefined,
    wanted[2] === true ? sumBeside(builder, g) : undefined,
  ];
};

/** Gradients of convolutions. */
export const convRules: Readonly<Record<string, GradientRule>> = { Conv: conv, ConvTranspose: convTranspose };
