import type { Value } from "../graph.ts";
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

/** Gradients of sums and products. */
export const arithmeticRules: Readonly<Record<string, GradientRule>> = {
  Add: paired((_, g) => [() => g, () => g]),
  Sub: paired(({ builder }, g) => [() => g, () => builder.neg(g)]),
  Mul: paired(({ builder }, g, a, b) => [() => builder.mul(g, b), () => builder.mul(g, a)]),
  Div: paired(({ builder, outputs }, g, _a, b) => [
    () => builder.div(g, b),
    // -a / b² with a / b at hand.
    () => builder.neg(builder.div(builder.mul(g, outputs[0] as Value), b)),
  ]),
  Neg: ({ builder, cotangents }) => [builder.neg(cotangents[0] as Value)],
  Identity: ({ cotangents }) => [cotangents[0]],
};
