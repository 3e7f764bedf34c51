import { int, textOf, type Value } from "../graph.ts";
import type { GradientRule, RuleContext } from "./gradient-rule.ts";
import { rankOf, sizeVector } from "./runtime-shape.ts";

type Labelled = {
  /** 1 where the class is the label and 0 elsewhere, of the shape of the scores: classes on axis 1. */
  readonly marks: Value;
  /** What flows into each label's loss, with an axis of size 1 for the classes. */
  readonly flow: Value;
  /** What flows to the weights of the classes, from the logarithms of the probabilities. */
  readonly toWeights: (logarithms: Value) => Value;
};

function labelled({ node, builder, inputs, outputs, cotangents }: RuleContext): Labelled {
  const [scores, given, weights] = inputs as readonly [Value, Value, Value | undefined];
  const g = cotangents[0] as Value;
  const labels = builder.cast(given, "int64");
  const ignored = node.attributes["ignore_index"];
  const isIgnored = ignored?.kind === "int" ? builder.equal(labels, ignored.value) : undefined;
  // A label that is ignored need not be one of the classes.
  const safe = isIgnored === undefined ? labels : builder.where(isIgnored, 0, labels);
  const pair = builder.cast(builder.integers([0, 1]), g.type);
  const marks = builder.op("OneHot", [safe, sizeVector(builder, scores, 1), pair], { axis: int(1) });
  const full = weights === undefined ? builder.cast(builder.greaterOrEqual(safe, 0), g.type) : builder.gather(weights, safe);
  const counted = (value: Value): Value => (isIgnored === undefined ? value : builder.where(isIgnored, 0, value));
  const share = counted(full);
  const isMean = textOf(node, "reduction", "mean") === "mean";
  const each = isMean ? builder.div(g, builder.reduceSum(share)) : g;
  const toWeights = (logarithms: Value): Value => {
    const losses = builder.neg(builder.reduceSum(builder.mul(marks, logarithms), [1]));
    const changes = builder.mul(each, isMean ? builder.sub(losses, outputs[0] as Value) : losses);
    const byClass = builder.mul(marks, builder.unsqueeze(counted(changes), [1]));
    const others = Array.from({ length: rankOf(scores) }, (_, axis) => axis).filter((axis) => axis !== 1);
    return builder.reduceSum(byClass, others);
  };
  return { marks, flow: builder.unsqueeze(builder.mul(each, share), [1]), toWeights };
}

const negativeLogLikelihood: GradientRule = (context) => {
  const { builder, inputs, wanted } = context;
  const { marks, flow, toWeights } = labelled(context);
  return [
    wanted[0] === true ? builder.neg(builder.mul(marks, flow)) : undefined,
    undefined,
    wanted[2] === true ? toWeights(inputs[0] as Value) : undefined,
  ];
};

/** softmax − marks, and through the logarithms of the probabilities, if they are an output that is used. */
const crossEntropy: GradientRule = (context) => {
  const { builder, inputs, outputs, cotangents, wanted } = context;
  const logarithms = outputs[1] ?? builder.logSoftmax(inputs[0] as Value, 1);
  const probabilities = builder.exp(logarithms);
  const parts: Value[] = [];
  let weights: Value | undefined;
  if (cotangents[0] !== undefined) {
    const { marks, flow, toWeights } = labelled(context);
    if (wanted[2] === true) weights = toWeights(logarithms);
    parts.push(builder.mul(builder.sub(probabilities, marks), flow));
  }
  const other = cotangents[1];
  if (other !== undefined) parts.push(builder.sub(other, builder.mul(probabilities, builder.reduceSum(other, [1], true))));
  return [parts.reduce((left, right) => builder.add(left, right)), undefined, weights];
};

/** Gradients of the loss functions among ONNX's operators. */
export const lossRules: Readonly<Record<string, GradientRule>> = {
  NegativeLogLikelihoodLoss: negativeLogLikelihood,
  SoftmaxCrossEntropyLoss: crossEntropy,
};
