import type { GraphBuilder } from "../builder.ts";
import { intOf, type Node, type Shape, type Value } from "../graph.ts";
import { kernelOf, turnedWindowOf } from "../shapes/conv.ts";
import { graphFault } from "../shapes/shape-rule.ts";
import { windowOf, type SlidingWindow } from "../shapes/window.ts";
import { attributesOf, cutTo, kernelGradient, valuesGradient, type Convolution } from "./conv-parts.ts";
import type { GradientRule } from "./gradient-rule.ts";
import { rankOf } from "./runtime-shape.ts";

/** @throws GraphError where sizes that the gradient depends on are not known before the graph runs */
function convolutionOf(
  node: Node,
  x: Value,
  w: Value,
  find: (node: Node, shape: Shape, kernel: readonly number[] | undefined) => SlidingWindow,
): Convolution {
  if (x.shape === undefined || w.shape === undefined)
    throw graphFault(node, "has a gradient only where the number of its axes is known");
  const window = find(node, x.shape, kernelOf(node, w.shape));
  if (window.pads === undefined) throw graphFault(node, "has a gradient only where its pads are known before the graph runs");
  return { window: { ...window, pads: window.pads }, group: intOf(node, "group", 1) };
}

/** A bias is added to all samples and places of its channel. */
function biasGradient(builder: GraphBuilder, g: Value): Value {
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
    wanted[2] === true ? biasGradient(builder, g) : undefined,
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
    wanted[2] === true ? biasGradient(builder, g) : undefined,
  ];
};

/** Gradients of convolutions. */
export const convRules: Readonly<Record<string, GradientRule>> = { Conv: conv, ConvTranspose: convTranspose };
