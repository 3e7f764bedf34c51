import { intOf, type Dimension, type Shape } from "../graph.ts";
import { broadcastShapes } from "./broadcast.ts";
import { formatShape, graphFault, required, type ShapeRule } from "./shape-rule.ts";

const matMul: ShapeRule = ({ node, ...rest }) => {
  const a = required({ node, ...rest }, 0);
  const b = required({ node, ...rest }, 1);
  if (a.type !== b.type) throw graphFault(node, `factors must be of one type: ${a.type} and ${b.type} given`);
  if (a.shape === undefined || b.shape === undefined) return [{ type: a.type }];
  if (a.shape.length === 0 || b.shape.length === 0) throw graphFault(node, "a scalar has no matrix product");
  const left: Shape = a.shape.length === 1 ? [1, ...a.shape] : a.shape;
  const right: Shape = b.shape.length === 1 ? [...b.shape, 1] : b.shape;
  const [inner, other] = [left.at(-1), right.at(-2)];
  if (typeof inner === "number" && typeof other === "number" && inner !== other) {
    throw graphFault(
      node,
      `cannot multiply ${formatShape(a.shape)} by ${formatShape(b.shape)}: ${inner} columns meet ${other} rows`,
    );
  }
  const batch = broadcastShapes(node, [left.slice(0, -2), right.slice(0, -2)]) as Shape;
  const rows = a.shape.length === 1 ? [] : [left.at(-2) as Dimension];
  const columns = b.shape.length === 1 ? [] : [right.at(-1) as Dimension];
  return [{ type: a.type, shape: [...batch, ...rows, ...columns] }];
};

const gemm: ShapeRule = (context) => {
  const { node } = context;
  const a = required(context, 0);
  const b = required(context, 1);
  if (a.shape === undefined || b.shape === undefined) return [{ type: a.type }];
  if (a.shape.length !== 2 || b.shape.length !== 2) {
    throw graphFault(node, `factors must be matrices: ${formatShape(a.shape)} and ${formatShape(b.shape)} given`);
  }
  const [rows, inner] = intOf(node, "transA", 0) === 0 ? a.shape : a.shape.toReversed();
  const [other, columns] = intOf(node, "transB", 0) === 0 ? b.shape : b.shape.toReversed();
  if (typeof inner === "number" && typeof other === "number" && inner !== other) {
    throw graphFault(
      node,
      `cannot multiply ${formatShape(a.shape)} by ${formatShape(b.shape)}: ${inner} columns meet ${other} rows`,
    );
  }
  const shape: Shape = [rows as Dimension, columns as Dimension];
  const c = context.inputs[2];
  if (c?.shape !== undefined) broadcastShapes(node, [shape, c.shape]);
  return [{ type: a.type, shape }];
};

/** Shapes of matrix products. */
export const linearShapes: Readonly<Record<string, ShapeRule>> = { MatMul: matMul, Gemm: gemm };
