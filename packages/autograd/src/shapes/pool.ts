import { intsOf, type ValueType } from "../graph.ts";
import { formatShape, graphFault, required, type ShapeContext, type ShapeRule } from "./shape-rule.ts";
import { placesOf, windowOf } from "./window.ts";

function pooled(context: ShapeContext): ValueType {
  const { node } = context;
  const { type, shape } = required(context, 0);
  const kernel = intsOf(node, "kernel_shape");
  if (kernel === undefined) throw graphFault(node, "kernel_shape is missing");
  if (shape === undefined) return { type };
  if (shape.length < 3) throw graphFault(node, `values need 3 axes at least: ${formatShape(shape)} given`);
  return { type, shape: [...shape.slice(0, 2), ...placesOf(node, shape, windowOf(node, shape, kernel), context.unknown)] };
}

const pool: ShapeRule = (context) => [pooled(context)];

const maxPool: ShapeRule = (context) => {
  const made = pooled(context);
  return [made, { type: "int64", shape: made.shape }];
};

const global: ShapeRule = (context) => {
  const { type, shape } = required(context, 0);
  return [{ type, shape: shape?.map((size, axis) => (axis < 2 ? size : 1)) }];
};

/** Shapes of what gathers a neighbourhood into one value. */
export const poolShapes: Readonly<Record<string, ShapeRule>> = {
  MaxPool: maxPool,
  AveragePool: pool,
  LpPool: pool,
  GlobalAveragePool: global,
  GlobalMaxPool: global,
  GlobalLpPool: global,
};
