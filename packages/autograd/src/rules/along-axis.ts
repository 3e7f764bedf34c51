import { int, intOf, type Value } from "../graph.ts";
import type { GradientRule } from "./gradient-rule.ts";

/** y (g − Σ g y). */
const softmax: GradientRule = ({ node, builder, outputs, cotangents }) => {
  const [y, g] = [outputs[0] as Value, cotangents[0] as Value];
  const flow = builder.mul(g, y);
  const sum = builder.reduceSum(flow, [intOf(node, "axis", -1)], true);
  return [builder.sub(flow, builder.mul(y, sum))];
};

/** g − eʸ Σ g. */
const logSoftmax: GradientRule = ({ node, builder, outputs, cotangents }) => {
  const [y, g] = [outputs[0] as Value, cotangents[0] as Value];
  const sum = builder.reduceSum(g, [intOf(node, "axis", -1)], true);
  return [builder.sub(g, builder.mul(builder.exp(y), sum))];
};

/** The same sum from the other end. */
const cumSum: GradientRule = ({ node, builder, inputs, cotangents }) => [
  builder.op("CumSum", [cotangents[0], inputs[1]], {
    exclusive: int(intOf(node, "exclusive", 0)),
    reverse: int(1 - intOf(node, "reverse", 0)),
  }),
];

/** Gradients of what works along one axis. */
export const alongAxisRules: Readonly<Record<string, GradientRule>> = {
  Softmax: softmax,
  LogSoftmax: logSoftmax,
  CumSum: cumSum,
};
