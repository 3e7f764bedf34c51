import { textOf, type ValueType } from "../graph.ts";
import { required, type ShapeContext, type ShapeRule } from "./shape-rule.ts";

/** One number, or one for each label. */
function lossOf(context: ShapeContext): ValueType {
  const { type } = required(context, 0);
  return { type, shape: textOf(context.node, "reduction", "mean") === "none" ? required(context, 1).shape : [] };
}

const crossEntropy: ShapeRule = (context) => {
  const { type, shape } = required(context, 0);
  return [lossOf(context), { type, shape }];
};

/** Shapes of the loss functions among ONNX's operators. */
export const lossShapes: Readonly<Record<string, ShapeRule>> = {
  NegativeLogLikelihoodLoss: (context) => [lossOf(context)],
  SoftmaxCrossEntropyLoss: crossEntropy,
};
