import type { GraphBuilder } from "../builder.ts";
import { textOf, type Value } from "../graph.ts";
import type { GradientRule } from "./gradient-rule.ts";

/** g · f′, with f′ from the input and the output. */
function slope(of: (builder: GraphBuilder, x: Value, y: Value) => Value): GradientRule {
  return flow((builder, g, x, y) => builder.mul(g, of(builder, x, y)));
}

/** What flows back, from the cotangent, the input and the output. */
function flow(of: (builder: GraphBuilder, g: Value, x: Value, y: Value) => Value): GradientRule {
  return ({ builder, inputs, outputs, cotangents }) => [
    of(builder, cotangents[0] as Value, inputs[0] as Value, outputs[0] as Value),
  ];
}

const square = (b: GraphBuilder, x: Value): Value => b.mul(x, x);

/** Φ(x) + x φ(x) of the normal distribution. */
function gelu(b: GraphBuilder, x: Value): Value {
  const below = b.mul(b.add(b.erf(b.mul(x, Math.SQRT1_2)), 1), 0.5);
  const density = b.mul(b.exp(b.mul(square(b, x), -0.5)), 1 / Math.sqrt(2 * Math.PI));
  return b.add(below, b.mul(x, density));
}

/** The same of y = x/2 (1 + t), t = tanh(√(2/π) (x + 0.044715 x³)) (Hendrycks and Gimpel, arXiv:1606.08415). */
function geluByTanh(b: GraphBuilder, x: Value): Value {
  const scale = Math.sqrt(2 / Math.PI);
  const squared = square(b, x);
  const t = b.tanh(b.mul(b.mul(x, b.add(b.mul(squared, 0.044715), 1)), scale));
  const inner = b.mul(b.add(b.mul(squared, 3 * 0.044715), 1), scale);
  const rest = b.mul(b.mul(x, b.sub(1, square(b, t))), inner);
  return b.mul(b.add(b.add(t, 1), rest), 0.5);
}

function mish(b: GraphBuilder, x: Value): Value {
  const t = b.tanh(b.softplus(x));
  return b.add(t, b.mul(b.mul(x, b.sub(1, square(b, t))), b.sigmoid(x)));
}

/** Gradients of smooth functions of one argument. */
export const smoothRules: Readonly<Record<string, GradientRule>> = {
  Sqrt: flow((b, g, _, y) => b.div(g, b.add(y, y))),
  Reciprocal: flow((b, g, _, y) => b.neg(b.mul(g, square(b, y)))),
  Exp: slope((_, _x, y) => y),
  Log: flow((b, g, x) => b.div(g, x)),
  Sin: slope((b, x) => b.cos(x)),
  Cos: flow((b, g, x) => b.neg(b.mul(g, b.sin(x)))),
  Tan: slope((b, _, y) => b.add(square(b, y), 1)),
  Asin: flow((b, g, x) => b.div(g, b.sqrt(b.sub(1, square(b, x))))),
  Acos: flow((b, g, x) => b.neg(b.div(g, b.sqrt(b.sub(1, square(b, x)))))),
  Atan: flow((b, g, x) => b.div(g, b.add(square(b, x), 1))),
  Sinh: slope((b, x) => b.op("Cosh", [x])),
  Cosh: slope((b, x) => b.op("Sinh", [x])),
  Tanh: slope((b, _, y) => b.sub(1, square(b, y))),
  Asinh: flow((b, g, x) => b.div(g, b.sqrt(b.add(square(b, x), 1)))),
  Acosh: flow((b, g, x) => b.div(g, b.sqrt(b.sub(square(b, x), 1)))),
  Atanh: flow((b, g, x) => b.div(g, b.sub(1, square(b, x)))),
  Sigmoid: slope((b, _, y) => b.mul(y, b.sub(1, y))),
  Softplus: slope((b, x) => b.sigmoid(x)),
  Softsign: flow((b, g, x) => b.div(g, square(b, b.add(b.abs(x), 1)))),
  Erf: slope((b, x) => b.mul(b.exp(b.neg(square(b, x))), 2 / Math.sqrt(Math.PI))),
  Gelu: ({ node, builder, inputs, cotangents }) => {
    const of = textOf(node, "approximate", "none") === "tanh" ? geluByTanh : gelu;
    return [builder.mul(cotangents[0] as Value, of(builder, inputs[0] as Value))];
  },
  Mish: slope(mish),
};
