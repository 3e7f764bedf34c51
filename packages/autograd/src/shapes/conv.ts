import { intOf, intsOf, textOf, type Dimension, type Node, type Shape, type Value } from "../graph.ts";
import { formatShape, graphFault, required, type ShapeContext, type ShapeRule } from "./shape-rule.ts";
import { placesOf, spanOf, windowOf, type SlidingWindow } from "./window.ts";

type Operands = { readonly x: Value & { shape: Shape }; readonly w: Value & { shape: Shape }; readonly group: number };

/** Values and kernel, checked against each other; undefined where the rank of either is not known. */
function operandsOf(context: ShapeContext, turned: boolean): Operands | undefined {
  const { node } = context;
  const [x, w, b] = [required(context, 0), required(context, 1), context.inputs[2]];
  if (x.type !== w.type) throw graphFault(node, `values and kernel must be of one type: ${x.type} and ${w.type} given`);
  if (x.shape === undefined || w.shape === undefined) return undefined;
  if (x.shape.length < 3 || x.shape.length !== w.shape.length) {
    throw graphFault(
      node,
      `values and kernel need as many axes, 3 at least: ${formatShape(x.shape)} and ${formatShape(w.shape)} given`,
    );
  }
  const group = intOf(node, "group", 1);
  const [channels, given] = [x.shape[1], turned ? w.shape[0] : w.shape[1]];
  const needed = typeof given === "number" && !turned ? given * group : given;
  if (typeof channels === "number" && typeof needed === "number" && channels !== needed) {
    throw graphFault(
      node,
      `kernel ${formatShape(w.shape)} in ${group} groups takes ${needed} channels: ${formatShape(x.shape)} given`,
    );
  }
  const first = w.shape[0];
  if (group < 1 || (typeof first === "number" && first % group !== 0)) {
    throw graphFault(node, `kernel ${formatShape(w.shape)} cannot be cut into ${group} groups`);
  }
  const made = turned ? (typeof w.shape[1] === "number" ? w.shape[1] * group : undefined) : first;
  const biases = b?.shape?.[0];
  if (typeof made === "number" && typeof biases === "number" && biases !== made) {
    throw graphFault(node, `bias must have ${made} entries: ${biases} given`);
  }
  return { x: x as Operands["x"], w: w as Operands["w"], group };
}

/** Sizes of a kernel, by the kernel itself or by the attribute; undefined where they are not known. */
export function kernelOf(node: Node, w: Shape): readonly number[] | undefined {
  const sizes = w.slice(2);
  return sizes.every((size) => typeof size === "number") ? sizes : intsOf(node, "kernel_shape");
}

const conv: ShapeRule = (context) => {
  const found = operandsOf(context, false);
  const { type } = required(context, 0);
  if (found === undefined) return [{ type }];
  const { x, w } = found;
  const kernel = kernelOf(context.node, w.shape);
  const places = placesOf(context.node, x.shape, windowOf(context.node, x.shape, kernel), context.unknown);
  return [{ type, shape: [x.shape[0] as Dimension, w.shape[0] as Dimension, ...places] }];
};

const convTranspose: ShapeRule = (context) => {
  const { node } = context;
  const found = operandsOf(context, true);
  const { type } = required(context, 0);
  if (found === undefined) return [{ type }];
  const { x, w, group } = found;
  const per = w.shape[1] as Dimension;
  const lead = [x.shape[0] as Dimension, typeof per === "number" ? per * group : group === 1 ? per : context.unknown()];
  const kernel = kernelOf(node, w.shape);
  const wanted = intsOf(node, "output_shape");
  if (wanted !== undefined) return [{ type, shape: [...lead, ...wanted.slice(-(x.shape.length - 2))] }];
  const window = turnedWindowOf(node, x.shape, kernel);
  return [
    { type, shape: [...lead, ...x.shape.slice(2).map((size, axis) => spread(node, window, size, axis) ?? context.unknown())] },
  ];
};

/** The size that a transposed convolution makes of one axis, as far as it is known. */
function spread(node: Node, window: SlidingWindow, size: Dimension, axis: number): Dimension | undefined {
  const [stride, span] = [window.strides[axis] as number, spanOf(window, axis)];
  if (span === undefined || window.pads === undefined) return undefined;
  const taken = (window.pads.begins[axis] as number) + (window.pads.ends[axis] as number);
  const added = (intsOf(node, "output_padding")?.[axis] ?? 0) + span - taken - stride;
  if (typeof size === "string") return stride === 1 && added === 0 ? size : undefined;
  return stride * size + added;
}

/** The window of a transposed convolution, which takes the pads away from what it makes. */
export function turnedWindowOf(node: Node, shape: Shape, kernel: readonly number[] | undefined): SlidingWindow {
  const window = windowOf(node, shape, kernel);
  const mode = textOf(node, "auto_pad", "NOTSET");
  const wanted = intsOf(node, "output_shape")?.slice(2 - shape.length);
  if (mode === "VALID" || (mode === "NOTSET" && wanted === undefined)) return window;
  const totals = shape.slice(2).map((size, axis) => {
    const [stride, span] = [window.strides[axis] as number, spanOf(window, axis)];
    if (span === undefined) return undefined;
    const added = (intsOf(node, "output_padding")?.[axis] ?? 0) + span - stride;
    if (wanted === undefined) return Math.max(0, added);
    return typeof size === "number" ? Math.max(0, stride * size + added - (wanted[axis] as number)) : undefined;
  });
  if (totals.includes(undefined)) return { ...window, pads: undefined };
  const lesser = totals.map((total) => Math.floor((total ?? 0) / 2));
  const greater = totals.map((total) => Math.ceil((total ?? 0) / 2));
  const pads = mode === "SAME_UPPER" ? { begins: lesser, ends: greater } : { begins: greater, ends: lesser };
  return { ...window, pads };
}

/** Shapes of convolutions. */
export const convShapes: Readonly<Record<string, ShapeRule>> = { Conv: conv, ConvTranspose: convTranspose };
