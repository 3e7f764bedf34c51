import type { GraphBuilder } from "../builder.ts";
import { text, type Shape, type Value } from "../graph.ts";
import { equationOf, type Equation } from "../shapes/einsum.ts";
import { graphFault } from "../shapes/shape-rule.ts";
import type { GradientRule } from "./gradient-rule.ts";
import { expandLike } from "./runtime-shape.ts";
import { unbroadcast } from "./unbroadcast.ts";

/** The sum over the result's labels and those of the other operands, with the labels of the operand in question left. */
const einsum: GradientRule = ({ node, builder, inputs, cotangents, wanted }) => {
  const operands = inputs as readonly Value[];
  if (operands.some((x) => x.shape === undefined))
    throw graphFault(node, "has a gradient only where the number of its axes is known");
  const equation = equationOf(
    node,
    operands.map((x) => x.shape as Shape),
  );
  const twice = equation.operands.find((labels) => new Set(labels).size < labels.length);
  if (twice !== undefined) throw graphFault(node, `has no gradient through the diagonal "${twice.join("")}"`);
  return operands.map((_, index) =>
    wanted[index] === true ? byOperand(builder, equation, operands, cotangents[0] as Value, index) : undefined,
  );
};

function byOperand(
  builder: GraphBuilder,
  { operands, result }: Equation,
  values: readonly Value[],
  g: Value,
  index: number,
): Value {
  const [x, labels] = [values[index] as Value, operands[index] as readonly string[]];
  const others = operands.flatMap((own, at) => (at === index ? [] : [{ own, value: values[at] as Value }]));
  // A scalar is a factor of its own: the runtime takes no operand without a label.
  const terms = [{ own: result, value: g }, ...others].filter(({ own }) => own.length > 0);
  const factors = [{ own: result, value: g }, ...others].filter(({ own }) => own.length === 0).map(({ value }) => value);
  const given = new Set(terms.flatMap(({ own }) => own));
  const made = labels.filter((label) => given.has(label));
  const equation = `${terms.map(({ own }) => own.join("")).join(",")}->${made.join("")}`;
  const parts =
    terms.length === 0
      ? factors
      : [
          builder.op(
            "Einsum",
            terms.map(({ value }) => value),
            { equation: text(equation) },
          ),
          ...factors,
        ];
  const product = parts.reduce((left, right) => builder.mul(left, right));
  // What the operand alone was summed over gets the same everywhere.
  const missing = labels.flatMap((label, axis) => (given.has(label) ? [] : [axis]));
  if (missing.length === 0) return unbroadcast(builder, product, x);
  return expandLike(builder, builder.unsqueeze(product, missing), x);
}

/** Gradient of sums over named axes. */
export const einsumRules: Readonly<Record<string, GradientRule>> = { Einsum: einsum };
