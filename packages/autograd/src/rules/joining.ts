import { int, intOf, type Value } from "../graph.ts";
import type { GradientRule } from "./gradient-rule.ts";
import { axisFromFront, rankOf, sizeVector, zerosLike } from "./runtime-shape.ts";

const concat: GradientRule = ({ node, builder, inputs, cotangents, wanted }) => {
  const g = cotangents[0] as Value;
  if (inputs.length === 1) return [g];
  const axis = axisFromFront(intOf(node, "axis", 0), rankOf(g));
  const sizes = inputs.map((input) => input?.shape?.[axis]);
  const numbers = sizes.filter((size) => typeof size === "number");
  const only = wanted.indexOf(true);
  if (only === wanted.lastIndexOf(true) && numbers.length === sizes.length) {
    const start = numbers.slice(0, only).reduce((sum, size) => sum + size, 0);
    const piece = builder.slice(g, [start], [start + (numbers[only] as number)], [axis]);
    return inputs.map((_, index) => (index === only ? piece : undefined));
  }
  const lengths =
    numbers.length === sizes.length
      ? builder.integers(numbers)
      : builder.concat(
          inputs.map((input) => sizeVector(builder, input as Value, axis)),
          0,
        );
  return builder.apply("Split", [g, lengths], { axis: int(axis) }, { outputs: inputs.length });
};

const split: GradientRule = ({ node, builder, outputs, cotangents }) => {
  const parts = cotangents.map((cotangent, index) => cotangent ?? zerosLike(builder, outputs[index] as Value));
  return [parts.length === 1 ? parts[0] : builder.concat(parts, intOf(node, "axis", 0))];
};

/** Gradients of what joins and what cuts into parts. */
export const joiningRules: Readonly<Record<string, GradientRule>> = { Concat: concat, Split: split };
