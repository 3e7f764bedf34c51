import { int, intOf, type Attributes, type Value } from "../graph.ts";
import { sizeOf } from "../tensor.ts";
import type { GraphBuilder } from "../builder.ts";
import type { GradientRule, RuleContext } from "./gradient-rule.ts";
import { expandLike } from "./runtime-shape.ts";

type Reduced = {
  readonly builder: GraphBuilder;
  /** The cotangent, with the reduced axes back as axes of size 1 so that it broadcasts against `x`. */
  readonly g: Value;
  readonly x: Value;
  /** The result, with the reduced axes back. */
  readonly y: () => Value;
  /** Another reduction over the same axes, which are kept. */
  readonly again: (operator: "ReduceSum" | "ReduceProd", value: Value) => Value;
};

function restored({ node, builder, inputs }: RuleContext, value: Value): Value {
  const axes = inputs[1];
  // A scalar broadcasts as it is; so does what was never reduced.
  if (intOf(node, "keepdims", 1) === 1 || axes === undefined || builder.dimensionsOf(axes)?.length === 0) return value;
  return builder.op("Unsqueeze", [value, axes]);
}

function reduction(of: (reduced: Reduced) => Value): GradientRule {
  return (context) => {
    const { node, builder, inputs, outputs, cotangents } = context;
    const [x, axes] = inputs as readonly [Value, Value | undefined];
    const noop = node.attributes["noop_with_empty_axes"];
    const attributes: Attributes = { keepdims: int(1), ...(noop === undefined ? {} : { noop_with_empty_axes: noop }) };
    const made = of({
      builder,
      x,
      g: restored(context, cotangents[0] as Value),
      y: () => restored(context, outputs[0] as Value),
      again: (operator, value) => builder.op(operator, [value, axes], attributes),
    });
    return [expandLike(builder, made, x)];
  };
}

/** What each element gets of a mean. */
const mean: GradientRule = reduction(({ builder, g, x, y }) => {
  const perResult = x.shape?.map((size, axis) => {
    const kept = g.shape?.length === 0 ? 1 : g.shape?.[axis];
    if (kept === size) return 1;
    return kept === 1 ? size : "?";
  });
  if (g.shape !== undefined && perResult?.every((size) => typeof size === "number") === true) {
    return builder.mul(g, 1 / sizeOf(perResult));
  }
  const count = (value: Value): Value => builder.cast(builder.op("Size", [value]), x.type);
  return builder.div(g, g.shape?.length === 0 ? count(x) : builder.div(count(x), count(y())));
});

/** Those that stand at the extremum share its cotangent equally. */
const extremum: GradientRule = reduction(({ builder, g, x, y, again }) => {
  const reached = builder.cast(builder.equal(x, y()), x.type);
  return builder.mul(reached, builder.div(g, again("ReduceSum", reached)));
});

/**
 * The product of the others. Beside one zero only the zero has a gradient, beside more none has. Zeros are taken to stay what
 * they are when this is differentiated again.
 */
const product: GradientRule = reduction(({ builder, g, x, again }) => {
  const isZero = builder.equal(x, 0);
  const safe = builder.where(isZero, 1, x);
  const zeros = again("ReduceSum", builder.cast(isZero, x.type));
  const none = builder.cast(builder.equal(zeros, 0), x.type);
  const one = builder.cast(builder.equal(zeros, 1), x.type);
  const others = builder.where(isZero, one, builder.div(none, safe));
  return builder.mul(builder.mul(g, again("ReduceProd", safe)), others);
});

/** x / ‖x‖, and 0 where all are 0. */
const norm: GradientRule = reduction(({ builder, g, x, y }) => {
  const length = y();
  return builder.mul(x, builder.div(g, builder.where(builder.equal(length, 0), 1, length)));
});

/** Gradients of reductions. */
export const reductionRules: Readonly<Record<string, GradientRule>> = {
  ReduceSum: reduction(({ g }) => g),
  ReduceMean: mean,
  ReduceMax: extremum,
  ReduceMin: extremum,
  ReduceProd: product,
  ReduceL1: reduction(({ builder, g, x }) => builder.mul(g, builder.sign(x))),
  ReduceL2: norm,
  ReduceSumSquare: reduction(({ builder, g, x }) => builder.mul(builder.add(g, g), x)),
  ReduceLogSum: reduction(({ builder, g, y }) => builder.mul(g, builder.exp(builder.neg(y())))),
  ReduceLogSumExp: reduction(({ builder, g, x, y }) => builder.mul(g, builder.exp(builder.sub(x, y())))),
};
