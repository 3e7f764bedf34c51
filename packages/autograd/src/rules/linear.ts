import { int, type Shape, type Value } from "../graph.ts";
import type { GraphBuilder } from "../builder.ts";
import type { GradientRule } from "./gradient-rule.ts";
import { rankOf } from "./runtime-shape.ts";
import { unbroadcast } from "./unbroadcast.ts";

function swapped(builder: GraphBuilder, x: Value): Value {
  const rank = rankOf(x);
  const order = Array.from({ length: rank }, (_, axis) => axis);
  return builder.transpose(x, [...order.slice(0, -2), rank - 1, rank - 2]);
}

/** dA = G Bᵀ, dB = Aᵀ G; vectors stand as one row or one column. */
const matMul: GradientRule = ({ builder, inputs, cotangents, wanted }) => {
  const [a, b] = inputs as readonly [Value, Value];
  const [rankA, rankB] = [rankOf(a), rankOf(b)];
  if (rankA === 2 && rankB === 2) return matrices(builder, a, b, cotangents[0] as Value, wanted);
  const left = rankA === 1 ? builder.unsqueeze(a, [0]) : a;
  const right = rankB === 1 ? builder.unsqueeze(b, [1]) : b;
  let g = cotangents[0] as Value;
  if (rankB === 1) g = builder.unsqueeze(g, [-1]);
  if (rankA === 1) g = builder.unsqueeze(g, [-2]);
  const drop = (x: Value, rank: number, axis: number): Value => (rank === 1 ? builder.squeeze(x, [axis]) : x);
  return [
    wanted[0] === true ? drop(unbroadcast(builder, builder.matMul(g, swapped(builder, right)), left), rankA, 0) : undefined,
    wanted[1] === true ? drop(sharedFactor(builder, left, g, right), rankB, 1) : undefined,
  ];
};

/** Gemm turns its factors as it reads them. */
function matrices(builder: GraphBuilder, a: Value, b: Value, g: Value, wanted: readonly boolean[]): (Value | undefined)[] {
  return [
    wanted[0] === true ? builder.op("Gemm", [g, b], { transB: int(1) }) : undefined,
    wanted[1] === true ? builder.op("Gemm", [a, g], { transA: int(1) }) : undefined,
  ];
}

/** Aᵀ G summed over the leading axes; for one shared matrix that is one product over all rows at once. */
function sharedFactor(builder: GraphBuilder, left: Value, g: Value, right: Value): Value {
  const shape = left.shape as Shape;
  const [inner, columns] = [shape.at(-1), (g.shape as Shape).at(-1)];
  const leads = shape.length > 2 && (right.shape as Shape).length === 2 && (g.shape as Shape).length === shape.length;
  if (!leads || typeof inner !== "number" || typeof columns !== "number") {
    return unbroadcast(builder, builder.matMul(swapped(builder, left), g), right);
  }
  return builder.matMul(builder.transpose(builder.reshape(left, [-1, inner]), [1, 0]), builder.reshape(g, [-1, columns]));
}

/** Y = α A' B' + β C with A' and B' transposed on request. */
const gemm: GradientRule = ({ node, builder, inputs, cotangents, wanted }) => {
  const [a, b, c] = inputs as readonly [Value, Value, Value | undefined];
  const g = cotangents[0] as Value;
  const { alpha, beta } = node.attributes;
  const [turnedA, turnedB] = [node.attributes["transA"], node.attributes["transB"]].map(
    (attribute) => attribute?.kind === "int" && attribute.value !== 0,
  );
  const scale = alpha === undefined ? {} : { alpha };
  const product = (x: Value, turnX: boolean | undefined, y: Value, turnY: boolean | undefined): Value =>
    builder.op("Gemm", [x, y], { transA: int(turnX === true ? 1 : 0), transB: int(turnY === true ? 1 : 0), ...scale });
  const scaled = (): Value => (beta?.kind === "float" && beta.value !== 1 ? builder.mul(g, beta.value) : g);
  return [
    wanted[0] === true ? (turnedA === true ? product(b, turnedB, g, true) : product(g, false, b, turnedB !== true)) : undefined,
    wanted[1] === true ? (turnedB === true ? product(g, true, a, turnedA) : product(a, turnedA !== true, g, false)) : undefined,
    wanted[2] === true && c !== undefined ? unbroadcast(builder, scaled(), c) : undefined,
  ];
};

/** Gradients of matrix products. */
export const linearRules: Readonly<Record<string, GradientRule>> = { MatMul: matMul, Gemm: gemm };
