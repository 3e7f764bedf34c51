import { intOf, type Dimension } from "../graph.ts";
import { numbersOf } from "../tensor.ts";
import { axesAt } from "./movement.ts";
import { axisOf, formatShape, graphFault, required, type ShapeContext, type ShapeRule } from "./shape-rule.ts";

const concat: ShapeRule = (context) => {
  const { type, shape } = required(context, 0);
  const inputs = context.inputs.map((_, index) => required(context, index));
  const other = inputs.find((input) => input.type !== type);
  if (other !== undefined) throw graphFault(context.node, `inputs must be of one type: ${type} and ${other.type} given`);
  const known = inputs.find((input) => input.shape !== undefined)?.shape ?? shape;
  if (known === undefined) return [{ type }];
  const at = axisOf(context.node, intOf(context.node, "axis", 0), known.length);
  const sizes = known.map((size, axis): Dimension => {
    let total: Dimension = axis === at ? 0 : size;
    for (const { shape: own } of inputs) {
      const next = own === undefined ? context.unknown() : own[axis];
      if (next === undefined || own?.length === known.length + 1) {
        throw graphFault(context.node, `cannot join ${inputs.map((input) => formatShape(input.shape)).join(" and ")}`);
      }
      if (axis === at) total = typeof total === "number" && typeof next === "number" ? total + next : unknownSum(total, next);
      else if (typeof total === "string") total = typeof next === "number" ? next : total;
      else if (typeof next === "number" && next !== total) {
        throw graphFault(
          context.node,
          `cannot join ${inputs.map((input) => formatShape(input.shape)).join(" and ")} along axis ${at}`,
        );
      }
    }
    return total === "" ? context.unknown() : total;
  });
  return [{ type, shape: sizes }];
};

/** A sum in which a name stands alone beside zeros is that name; "" is one that has to be named anew. */
function unknownSum(total: Dimension, next: Dimension): Dimension {
  if (total === 0) return next;
  return next === 0 ? total : "";
}

const split: ShapeRule = (context) => {
  const { type, shape } = required(context, 0);
  const count = context.node.outputs.length;
  if (shape === undefined) return Array.from({ length: count }, () => ({ type }));
  const axis = axisOf(context.node, intOf(context.node, "axis", 0), shape.length);
  const size = shape[axis] as Dimension;
  const lengths = context.inputs[1] === undefined ? undefined : context.dimensionsAt(1);
  if (lengths !== undefined && lengths.length !== count) {
    throw graphFault(context.node, `${lengths.length} lengths given for ${count} outputs`);
  }
  const sum = lengths?.reduce<number>((total, length) => total + (typeof length === "number" ? length : Number.NaN), 0);
  if (sum !== undefined && !Number.isNaN(sum) && typeof size === "number" && sum !== size) {
    throw graphFault(context.node, `lengths ${formatShape(lengths)} do not add up to axis ${axis} of ${formatShape(shape)}`);
  }
  const each = typeof size === "number" && context.inputs[1] === undefined ? Math.ceil(size / count) : undefined;
  return Array.from({ length: count }, (_, index) => {
    const part =
      lengths?.[index] ?? (each === undefined ? context.unknown() : Math.max(0, Math.min(each, (size as number) - each * index)));
    return { type, shape: shape.with(axis, part) };
  });
};

/** Whole numbers at an input as numbers, where all are known. */
function numbersAt(context: ShapeContext, index: number): readonly number[] | undefined {
  const listed = context.dimensionsAt(index);
  return listed === undefined || listed.some((size) => typeof size === "string") ? undefined : (listed as readonly number[]);
}

/** The number of elements from `start` to `end` in steps, with the ends clamped as ONNX does. */
function sliceLength(size: number, start: number, end: number, step: number): number {
  const [low, high] = step > 0 ? [0, size] : [-1, size - 1];
  const clamp = (at: number): number => Math.min(high, Math.max(low, at < 0 ? at + size : at));
  return Math.max(0, Math.ceil((clamp(end) - clamp(start)) / step));
}

const slice: ShapeRule = (context) => {
  const { type, shape } = required(context, 0);
  if (shape === undefined) return [{ type }];
  const [starts, ends, steps] = [1, 2, 4].map((index) => numbersAt(context, index));
  const count = context.dimensionsAt(1)?.length ?? context.dimensionsAt(2)?.length ?? required(context, 1).shape?.[0];
  const axes =
    context.inputs[3] === undefined
      ? typeof count === "number"
        ? Array.from({ length: count }, (_, axis) => axis)
        : undefined
      : axesAt(context, 3, shape.length);
  if (axes === undefined) return [{ type, shape: shape.map(() => context.unknown()) }];
  if (starts !== undefined && ends !== undefined && (starts.length !== axes.length || ends.length !== axes.length)) {
    throw graphFault(context.node, `${starts.length} starts, ${ends.length} ends and ${axes.length} axes given`);
  }
  if (axes.some((axis) => axis >= shape.length)) throw graphFault(context.node, `more starts than axes of ${formatShape(shape)}`);
  if (steps?.includes(0) === true) throw graphFault(context.node, "a step must not be 0");
  const sized = shape.map((size, axis): Dimension => {
    const at = axes.indexOf(axis);
    if (at < 0) return size;
    const [start, end] = [starts?.[at], ends?.[at]];
    const step = context.inputs[4] === undefined ? 1 : steps?.[at];
    if (start === undefined || end === undefined || step === undefined) return context.unknown();
    if (typeof size === "number") return sliceLength(size, start, end, step);
    return start === 0 && step === 1 && end >= 2 ** 31 - 1 ? size : context.unknown();
  });
  return [{ type, shape: sized }];
};

const pad: ShapeRule = (context) => {
  const { type, shape } = required(context, 0);
  if (shape === undefined) return [{ type }];
  const pads = numbersAt(context, 1);
  const axes = context.inputs[3] === undefined ? shape.map((_, axis) => axis) : axesAt(context, 3, shape.length);
  if (pads === undefined || axes === undefined) return [{ type, shape: shape.map(() => context.unknown()) }];
  if (pads.length !== 2 * axes.length) throw graphFault(context.node, `${pads.length} pads given for ${axes.length} axes`);
  const sized = shape.map((size, axis): Dimension => {
    const at = axes.indexOf(axis);
    const added = at < 0 ? 0 : (pads[at] as number) + (pads[at + axes.length] as number);
    if (added === 0) return size;
    if (typeof size === "string") return context.unknown();
    if (size + added < 0) throw graphFault(context.node, `pads take ${-added} from axis ${axis} of ${formatShape(shape)}`);
    return size + added;
  });
  return [{ type, shape: sized }];
};

const resize: ShapeRule = (context) => {
  const { type, shape } = required(context, 0);
  if (shape === undefined) return [{ type }];
  const whole = context.node.attributes["axes"] === undefined;
  const sizes = whole ? context.dimensionsAt(3) : undefined;
  if (sizes?.length === shape.length) return [{ type, shape: sizes }];
  const scaling = whole ? context.constantAt(2) : undefined;
  const scales = scaling === undefined ? undefined : numbersOf(scaling);
  const scaled = shape.map((size, axis): Dimension => {
    const by = scales?.[axis];
    if (by === 1) return size;
    return by === undefined || typeof size === "string" ? context.unknown() : Math.floor(size * by);
  });
  return [{ type, shape: scaled }];
};

/** Shapes of what joins, cuts and pads. */
export const joiningShapes: Readonly<Record<string, ShapeRule>> = {
  Concat: concat,
  Split: split,
  Slice: slice,
  Pad: pad,
  Resize: resize,
};
