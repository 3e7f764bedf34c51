import { intOf, intsOf, type Dimension } from "../graph.ts";
import { formatShape, graphFault, required, type ShapeRule } from "./shape-rule.ts";

const transpose: ShapeRule = ({ node, ...rest }) => {
  const { type, shape } = required({ node, ...rest }, 0);
  if (shape === undefined) return [{ type }];
  const order = intsOf(node, "perm") ?? shape.map((_, axis) => shape.length - 1 - axis);
  if (order.length !== shape.length || new Set(order).size !== order.length || order.some((axis) => shape[axis] === undefined)) {
    throw graphFault(node, `perm must name each axis of ${formatShape(shape)} once: [${order.join(", ")}] given`);
  }
  return [{ type, shape: order.map((axis) => shape[axis] as Dimension) }];
};

const reshape: ShapeRule = (context) => {
  const { node } = context;
  const { type, shape } = required(context, 0);
  const wanted = context.dimensionsAt(1);
  if (wanted === undefined) return [{ type }];
  const copies = intOf(node, "allowzero", 0) === 0;
  const result = wanted.map((size, axis) => (size === 0 && copies ? (shape?.[axis] ?? context.unknown()) : size));
  const open = result.indexOf(-1);
  if (shape === undefined) return [{ type, shape: result.map((size) => (size === -1 ? context.unknown() : size)) }];
  // Named sizes that stand on both sides cancel; what is left decides the open one.
  const left = [...shape];
  const right = result.filter((size) => size !== -1);
  for (const name of right.filter((size) => typeof size === "string")) {
    const at = left.indexOf(name);
    if (at >= 0) {
      left.splice(at, 1);
      right.splice(right.indexOf(name), 1);
    }
  }
  const numeric = [...left, ...right].every((size) => typeof size === "number");
  const [from, to] = [left, right].map((sizes) => sizes.reduce<number>((product, size) => product * (size as number), 1)) as [
    number,
    number,
  ];
  if (open < 0) {
    if (numeric && from !== to) throw graphFault(node, `cannot reshape ${formatShape(shape)} to ${formatShape(wanted)}`);
    return [{ type, shape: result }];
  }
  if (numeric && (to === 0 || from % to !== 0))
    throw graphFault(node, `cannot reshape ${formatShape(shape)} to ${formatShape(wanted)}`);
  const named = left.length === 1 && right.length === 0 ? (left[0] as Dimension) : context.unknown();
  return [{ type, shape: result.with(open, numeric ? from / to : named) }];
};

/** Shapes of what moves values about without changing them. */
export const movementShapes: Readonly<Record<string, ShapeRule>> = { Transpose: transpose, Reshape: reshape };
