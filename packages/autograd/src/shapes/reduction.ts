import { intOf, type Dimension } from "../graph.ts";
import { axisOf, required, type ShapeContext, type ShapeRule } from "./shape-rule.ts";

/** Axes a reduction goes over, counted from the front; undefined where they are known only when the graph runs. */
function reducedAxes(context: ShapeContext, rank: number): readonly number[] | undefined {
  const all = Array.from({ length: rank }, (_, axis) => axis);
  if (context.inputs[1] === undefined) return intOf(context.node, "noop_with_empty_axes", 0) === 1 ? [] : all;
  const axes = context.dimensionsAt(1);
  if (axes === undefined || axes.some((axis) => typeof axis === "string")) return undefined;
  if (axes.length === 0) return intOf(context.node, "noop_with_empty_axes", 0) === 1 ? [] : all;
  return axes.map((axis) => axisOf(context.node, axis as number, rank));
}

const reduced: ShapeRule = (context) => {
  const { type, shape } = required(context, 0);
  const keep = intOf(context.node, "keepdims", 1) === 1;
  if (shape === undefined) {
    const whole = context.inputs[1] === undefined && intOf(context.node, "noop_with_empty_axes", 0) === 0;
    return [whole && !keep ? { type, shape: [] } : { type }];
  }
  const axes = reducedAxes(context, shape.length);
  if (axes === undefined) {
    const count = keep ? 0 : context.inputs[1]?.shape?.[0];
    const sized = typeof count === "number" ? shape.slice(count).map(() => context.unknown()) : undefined;
    return [{ type, shape: sized }];
  }
  const kept = shape.flatMap((size, axis): Dimension[] => (axes.includes(axis) ? (keep ? [1] : []) : [size]));
  return [{ type, shape: kept }];
};

const pickedIndex: ShapeRule = (context) => {
  const { shape } = required(context, 0);
  if (shape === undefined) return [{ type: "int64" }];
  const at = axisOf(context.node, intOf(context.node, "axis", 0), shape.length);
  const keep = intOf(context.node, "keepdims", 1) === 1;
  return [{ type: "int64", shape: shape.flatMap((size, axis): Dimension[] => (axis === at ? (keep ? [1] : []) : [size])) }];
};

const sameShape: ShapeRule = (context) => {
  const { type, shape } = required(context, 0);
  return [{ type, shape }];
};

const names = ["Sum", "Mean", "Max", "Min", "Prod", "L1", "L2", "LogSum", "LogSumExp", "SumSquare"];

/** Shapes of reductions, and of what works along one axis without changing it. */
export const reductionShapes: Readonly<Record<string, ShapeRule>> = {
  ...Object.fromEntries(names.map((name) => [`Reduce${name}`, reduced])),
  ArgMax: pickedIndex,
  ArgMin: pickedIndex,
  Softmax: sameShape,
  LogSoftmax: sameShape,
  Hardmax: sameShape,
};
