import { intOf, intsOf, textOf, type Dimension, type Node, type Shape } from "../graph.ts";
import { formatShape, graphFault } from "./shape-rule.ts";

/** A window that slides over the axes behind the first two. */
export type SlidingWindow = {
  /** Undefined where it is known only when the graph runs. */
  readonly kernel: readonly number[] | undefined;
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  /** Zeros in front of each axis and behind it; undefined where they follow from sizes that are not known. */
  readonly pads: Pads | undefined;
};

export type Pads = { readonly begins: readonly number[]; readonly ends: readonly number[] };

/** Elements that a window spans along one axis. */
export function spanOf({ kernel, dilations }: SlidingWindow, axis: number): number | undefined {
  const size = kernel?.[axis];
  return size === undefined ? undefined : (size - 1) * (dilations[axis] as number) + 1;
}

/**
 * The window of a convolution or of a pooling over values of this shape.
 *
 * @throws GraphError when an attribute does not have one entry per axis, or is not one that the operator takes
 */
export function windowOf(node: Node, shape: Shape, kernel: readonly number[] | undefined): SlidingWindow {
  const rank = shape.length - 2;
  const each = (name: string, least: number): readonly number[] =>
    listed(node, name, rank, least) ?? Array.from({ length: rank }, () => 1);
  if (kernel !== undefined && (kernel.length !== rank || kernel.some((size) => size < 1))) {
    throw graphFault(node, `kernel [${kernel.join(", ")}] does not fit ${formatShape(shape)}`);
  }
  const bare: SlidingWindow = { kernel, strides: each("strides", 1), dilations: each("dilations", 1), pads: undefined };
  return { ...bare, pads: padsOf(node, shape.slice(2), bare) };
}

function listed(node: Node, name: string, length: number, least: number): readonly number[] | undefined {
  const given = intsOf(node, name);
  if (given === undefined) return undefined;
  if (given.length !== length || given.some((entry) => entry < least)) {
    throw graphFault(node, `${name} must hold ${length} numbers from ${least} on: [${given.join(", ")}] given`);
  }
  return given;
}

function padsOf(node: Node, sizes: Shape, window: SlidingWindow): Pads | undefined {
  const mode = textOf(node, "auto_pad", "NOTSET");
  const none = sizes.map(() => 0);
  if (mode === "VALID") return { begins: none, ends: none };
  if (mode === "NOTSET") {
    const given = listed(node, "pads", 2 * sizes.length, 0);
    return { begins: given?.slice(0, sizes.length) ?? none, ends: given?.slice(sizes.length) ?? none };
  }
  if (mode !== "SAME_UPPER" && mode !== "SAME_LOWER") throw graphFault(node, `auto_pad "${mode}" is not known`);
  const totals = sizes.map((size, axis) => {
    const [stride, span] = [window.strides[axis] as number, spanOf(window, axis)];
    if (span === undefined || stride === 1) return span === undefined ? undefined : span - 1;
    if (typeof size === "string") return undefined;
    return Math.max(0, (Math.ceil(size / stride) - 1) * stride + span - size);
  });
  if (totals.includes(undefined)) return undefined;
  const lesser = totals.map((total) => Math.floor((total ?? 0) / 2));
  const greater = totals.map((total) => Math.ceil((total ?? 0) / 2));
  return mode === "SAME_UPPER" ? { begins: lesser, ends: greater } : { begins: greater, ends: lesser };
}

/**
 * How many places a window takes along each axis behind the first two.
 *
 * @throws GraphError when it is wider than what it slides over
 */
export function placesOf(node: Node, shape: Shape, window: SlidingWindow, unknown: () => string): Dimension[] {
  const rounded = intOf(node, "ceil_mode", 0) === 1;
  const isSame = textOf(node, "auto_pad", "NOTSET").startsWith("SAME");
  return shape.slice(2).map((size, axis): Dimension => {
    const [stride, span] = [window.strides[axis] as number, spanOf(window, axis)];
    if (isSame) return typeof size === "number" ? Math.ceil(size / stride) : stride === 1 ? size : unknown();
    if (span === undefined) return unknown();
    const before = window.pads?.begins[axis] ?? 0;
    const after = window.pads?.ends[axis] ?? 0;
    if (typeof size === "string") return stride === 1 && before + after + 1 === span ? size : unknown();
    const room = size + before + after - span;
    if (room < 0)
      throw graphFault(node, `window of ${span} is wider than axis ${axis + 2} of ${formatShape(shape)} with its pads`);
    if (!rounded) return Math.floor(room / stride) + 1;
    // The last window must not begin behind the values.
    const places = Math.ceil(room / stride) + 1;
    return (places - 1) * stride >= size + before ? places - 1 : places;
  });
}
