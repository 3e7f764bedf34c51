import { intOf, intsOf, type Dimension } from "../graph.ts";
import { broadcastShapes } from "./broadcast.ts";
import { axisOf, formatShape, graphFault, required, type ShapeContext, type ShapeRule } from "./shape-rule.ts";

const transpose: ShapeRule = (context) => {
  const { node } = context;
  const { type, shape } = required(context, 0);
  if (shape === undefined) return [{ type }];
  const order = intsOf(node, "perm") ?? shape.map((_, axis) => shape.length - 1 - axis);
  if (order.length !== shape.length || new Set(order).size !== order.length || order.some((axis) => shape[axis] === undefined)) {
    throw graphFault(node, `perm must name each axis of ${formatShape(shape)} once: [${order.join(", ")}] given`);
  }
  return [{ type, shape: order.map((axis) => shape[axis] as Dimension) }];
};

/** Sizes at an input, or unknown ones of the right number where only the vector's length is known. */
export function sizesAt(context: ShapeContext, index: number): readonly Dimension[] | undefined {
  const length = context.inputs[index]?.shape?.[0];
  return (
    context.dimensionsAt(index) ?? (typeof length === "number" ? Array.from({ length }, () => context.unknown()) : undefined)
  );
}

/** The product of sizes; the name itself where one name is all there is beside ones. */
export function productOf(sizes: readonly Dimension[], unknown: () => string): Dimension {
  const named = sizes.filter((size) => typeof size === "string");
  const number = sizes.filter((size) => typeof size === "number").reduce((product, size) => product * size, 1);
  if (named.length === 0 || number === 0) return number;
  return named.length === 1 && number === 1 ? (named[0] as string) : unknown();
}

const reshape: ShapeRule = (context) => {
  const { node } = context;
  const { type, shape } = required(context, 0);
  const exact = context.dimensionsAt(1);
  const wanted = exact ?? sizesAt(context, 1);
  if (wanted === undefined || exact === undefined) return [{ type, shape: wanted }];
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
  const remains = left.filter((size) => typeof size === "string");
  const quotient =
    left.filter((size) => typeof size === "number").reduce((product, size) => product * size, 1) /
    right.reduce<number>((product, size) => product * (typeof size === "number" ? size : Number.NaN), 1);
  const named = remains.length === 1 && quotient === 1 ? (remains[0] as string) : context.unknown();
  return [{ type, shape: result.with(open, numeric ? from / to : named) }];
};

const flatten: ShapeRule = (context) => {
  const { type, shape } = required(context, 0);
  if (shape === undefined) return [{ type, shape: [context.unknown(), context.unknown()] }];
  const given = intOf(context.node, "axis", 1);
  const axis = given === shape.length ? given : axisOf(context.node, given, shape.length);
  return [{ type, shape: [shape.slice(0, axis), shape.slice(axis)].map((sizes) => productOf(sizes, context.unknown)) }];
};

/** Axes listed at an input, counted from the front; undefined when they are known only when the graph runs. */
export function axesAt(context: ShapeContext, index: number, rank: number): number[] | undefined {
  const listed = context.dimensionsAt(index);
  if (listed === undefined || listed.some((axis) => typeof axis === "string")) return undefined;
  const axes = listed.map((axis) => axisOf(context.node, axis as number, rank));
  if (new Set(axes).size !== axes.length) throw graphFault(context.node, `axes [${listed.join(", ")}] name one axis twice`);
  return axes;
}

const squeeze: ShapeRule = (context) => {
  const { type, shape } = required(context, 0);
  if (shape === undefined) return [{ type }];
  if (context.inputs[1] === undefined) {
    // Whether a named size is 1 shows only when the graph runs.
    return [{ type, shape: shape.every((size) => typeof size === "number") ? shape.filter((size) => size !== 1) : undefined }];
  }
  const axes = axesAt(context, 1, shape.length);
  const wrong = axes?.find((axis) => typeof shape[axis] === "number" && shape[axis] !== 1);
  if (wrong !== undefined) throw graphFault(context.node, `axis ${wrong} of ${formatShape(shape)} is not 1`);
  const length = context.inputs[1].shape?.[0];
  if (axes === undefined && typeof length === "number") {
    return [{ type, shape: Array.from({ length: Math.max(0, shape.length - length) }, () => context.unknown()) }];
  }
  return [{ type, shape: axes === undefined ? undefined : shape.filter((_, axis) => !axes.includes(axis)) }];
};

const unsqueeze: ShapeRule = (context) => {
  const { type, shape } = required(context, 0);
  const count = context.dimensionsAt(1)?.length ?? required(context, 1).shape?.[0];
  if (shape === undefined || typeof count !== "number") return [{ type }];
  const rank = shape.length + count;
  const axes = axesAt(context, 1, rank);
  const rest = [...shape];
  return [
    {
      type,
      shape: Array.from({ length: rank }, (_, axis): Dimension =>
        axes === undefined ? context.unknown() : axes.includes(axis) ? 1 : (rest.shift() as Dimension),
      ),
    },
  ];
};

const expand: ShapeRule = (context) => {
  const { type, shape } = required(context, 0);
  return [{ type, shape: broadcastShapes(context.node, [shape, sizesAt(context, 1)]) }];
};

const tile: ShapeRule = (context) => {
  const { type, shape } = required(context, 0);
  const repeats = context.dimensionsAt(1);
  if (shape === undefined) return [{ type }];
  if (repeats !== undefined && repeats.length !== shape.length) {
    throw graphFault(context.node, `${repeats.length} repeats given for ${formatShape(shape)}`);
  }
  const sized = shape.map((size, axis) => {
    const times = repeats?.[axis];
    return times === undefined ? context.unknown() : productOf([size, times], context.unknown);
  });
  return [{ type, shape: sized }];
};

/** Shapes of what gives values another shape without changing them. */
export const movementShapes: Readonly<Record<string, ShapeRule>> = {
  Transpose: transpose,
  Reshape: reshape,
  Flatten: flatten,
  Squeeze: squeeze,
  Unsqueeze: unsqueeze,
  Expand: expand,
  Tile: tile,
};
