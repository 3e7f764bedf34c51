import type { GraphBuilder } from "../builder.ts";
import type { Value } from "../graph.ts";
import { numbersOf } from "../tensor.ts";
import type { GradientRule, RuleContext } from "./gradient-rule.ts";
import { unbroadcast } from "./unbroadcast.ts";

/** Gradients of a broadcasting operation of two operands, each from the cotangent and the operands. */
function paired(of: (context: RuleContext, g: Value, a: Value, b: Value) => readonly [() => Value, () => Value]): GradientRule {
  return (context) => {
    const [a, b] = context.inputs as readonly [Value, Value];
    const made = of(context, context.cotangents[0] as Value, a, b);
    return [a, b].map((operand, index) =>
      context.wanted[index] === true ? unbroadcast(context.builder, (made[index] as () => Value)(), operand) : undefined,
    );
  };
}

/** Gradients of a sum of any number of operands, each a share of it. */
function summed(share: (builder: GraphBuilder, g: Value, count: number) => Value): GradientRule {
  return ({ builder, inputs, cotangents, wanted }) => {
    const g = share(builder, cotangents[0] as Value, inputs.length);
    return inputs.map((input, index) => (wanted[index] === true ? unbroadcast(builder, g, input as Value) : undefined));
  };
}

/** The exponent, where it is one number known beforehand. */
function fixedExponent(builder: GraphBuilder, exponent: Value): number | undefined {
  const constant = builder.constantOf(exponent);
  return constant !== undefined && constant.data.length === 1 ? numbersOf(constant)[0] : undefined;
}

/** b x^(b−1), without the 0 · ∞ of x = 0 and b = 0. */
function powerSlope(builder: GraphBuilder, g: Value, x: Value, exponent: Value): Value {
  const fixed = fixedExponent(builder, exponent);
  if (fixed === 0) return builder.mul(g, 0);
  if (fixed === 1) return g;
  if (fixed === 2) return builder.mul(builder.mul(g, x), 2);
  if (fixed !== undefined) return builder.mul(builder.mul(g, builder.pow(x, fixed - 1)), fixed);
  const b = exponent.type === x.type ? exponent : builder.cast(exponent, x.type);
  const slope = builder.mul(b, builder.pow(x, builder.sub(b, 1)));
  return builder.mul(g, builder.where(builder.equal(b, 0), 0, slope));
}

/** x^b ln x, which is 0 where x is 0 and b is not negative. */
function exponentSlope(builder: GraphBuilder, g: Value, x: Value, exponent: Value, y: Value): Value {
  const still = builder.op("And", [builder.equal(x, 0), builder.greaterOrEqual(exponent, 0)]);
  const logarithm = builder.log(builder.where(still, 1, x));
  return builder.mul(g, builder.mul(y, logarithm));
}

/** Gradients of sums, products and powers. */
export const arithmeticRules: Readonly<Record<string, GradientRule>> = {
  Add: paired((_, g) => [() => g, () => g]),
  Sub: paired(({ builder }, g) => [() => g, () => builder.neg(g)]),
  Mul: paired(({ builder }, g, a, b) => [() => builder.mul(g, b), () => builder.mul(g, a)]),
  Div: paired(({ builder, outputs }, g, _a, b) => [
    () => builder.div(g, b),
    // -a / b² with a / b at hand.
    () => builder.neg(builder.div(builder.mul(g, outputs[0] as Value), b)),
  ]),
  // The remainder of a / b is a - n b, with n whole.
  Mod: paired(({ builder, outputs }, g, a, b) => [
    () => g,
    () => builder.mul(g, builder.round(builder.div(builder.sub(outputs[0] as Value, a), b))),
  ]),
  Pow: paired(({ builder, outputs }, g, a, b) => [
    () => powerSlope(builder, g, a, b),
    () => exponentSlope(builder, g, a, b, outputs[0] as Value),
  ]),
  Sum: summed((_, g) => g),
  Mean: summed((builder, g, count) => (count === 1 ? g : builder.mul(g, 1 / count))),
  Neg: ({ builder, cotangents }) => [builder.neg(cotangents[0] as Value)],
  Identity: ({ cotangents }) => [cotangents[0]],
};
