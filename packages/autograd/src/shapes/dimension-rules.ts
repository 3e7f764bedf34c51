import { intOf, type Dimension } from "../graph.ts";
import { productOf } from "./movement.ts";
import type { ShapeContext } from "./shape-rule.ts";

/** Entries of a small vector of whole numbers (or of a single one) that a node makes, as far as they follow from those it reads. */
export type DimensionRule = (context: ShapeContext) => readonly Dimension[] | undefined;

const passed: DimensionRule = ({ dimensionsAt }) => dimensionsAt(0);

/** Whether an input is known to have at most so many axes. */
function hasRank({ inputs }: ShapeContext, index: number, most: number): boolean {
  const rank = inputs[index]?.shape?.length;
  return rank !== undefined && rank <= most;
}

const shapeOf: DimensionRule = ({ node, inputs }) => {
  const shape = inputs[0]?.shape;
  if (shape === undefined) return undefined;
  const clamp = (at: number): number => Math.min(shape.length, Math.max(0, at < 0 ? at + shape.length : at));
  return shape.slice(clamp(intOf(node, "start", 0)), clamp(intOf(node, "end", shape.length)));
};

const sizeOf: DimensionRule = ({ inputs, unknown }) => {
  const shape = inputs[0]?.shape;
  return shape === undefined ? undefined : [productOf(shape, unknown)];
};

const concatenated: DimensionRule = (context) => {
  const parts = context.inputs.map((_, index) => context.dimensionsAt(index));
  if (parts.some((part) => part === undefined) || !context.inputs.every((_, index) => hasRank(context, index, 1)))
    return undefined;
  return (parts as Dimension[][]).flat();
};

const gathered: DimensionRule = (context) => {
  const [from, at] = [context.dimensionsAt(0), context.dimensionsAt(1)];
  if (from === undefined || at === undefined || !hasRank(context, 1, 1)) return undefined;
  const picked = at.map((index) => (typeof index === "number" ? from[index < 0 ? index + from.length : index] : undefined));
  return picked.some((size) => size === undefined) ? undefined : (picked as Dimension[]);
};

const sliced: DimensionRule = ({ dimensionsAt, inputs }) => {
  const [from, start, end, , step] = [0, 1, 2, 3, 4].map((index) => dimensionsAt(index));
  if (from === undefined || typeof start?.[0] !== "number" || typeof end?.[0] !== "number") return undefined;
  if (inputs[4] !== undefined && step?.[0] !== 1) return undefined;
  return from.slice(start[0], Math.min(end[0], from.length));
};

/** A scalar becomes a vector; a vector becomes a matrix, which is not followed. */
const unsqueezed: DimensionRule = (context) => (hasRank(context, 0, 0) ? context.dimensionsAt(0) : undefined);

const reshaped: DimensionRule = (context) => {
  const length = context.dimensionsAt(1)?.length ?? context.inputs[1]?.shape?.[0];
  return typeof length === "number" && length <= 1 ? context.dimensionsAt(0) : undefined;
};

const repeated: DimensionRule = ({ node, dimensionsAt }) => {
  const wanted = dimensionsAt(0);
  const value = node.attributes["value"];
  const filled = value?.kind === "tensor" ? Number(value.value.data[0]) : 0;
  if (wanted === undefined || wanted.length > 1 || !Number.isInteger(filled)) return undefined;
  const length = wanted[0] ?? 1;
  return typeof length === "number" && length <= 64 ? Array.from({ length }, () => filled) : undefined;
};

const counted: DimensionRule = ({ dimensionsAt }) => {
  const [start, limit, delta] = [0, 1, 2].map((index) => dimensionsAt(index)?.[0]);
  if (typeof start !== "number" || typeof limit !== "number" || typeof delta !== "number") return undefined;
  const length = Math.max(0, Math.ceil((limit - start) / delta));
  return length <= 64 ? Array.from({ length }, (_, index) => start + index * delta) : undefined;
};

const multiplied: DimensionRule = (context) => {
  const sizes = context.dimensionsAt(0);
  return sizes === undefined || !hasRank(context, 0, 1) ? undefined : [productOf(sizes, context.unknown)];
};

const negated: DimensionRule = ({ dimensionsAt }) => {
  const sizes = dimensionsAt(0);
  return sizes?.every((size) => typeof size === "number") === true ? sizes.map((size) => -size) : undefined;
};

const chosen: DimensionRule = ({ dimensionsAt }) => {
  const [when, then, otherwise] = [0, 1, 2].map((index) => dimensionsAt(index));
  if (when === undefined || then === undefined || otherwise === undefined) return undefined;
  const length = Math.max(when.length, then.length, otherwise.length);
  const at = (sizes: readonly Dimension[], index: number): Dimension => sizes[sizes.length === 1 ? 0 : index] as Dimension;
  return Array.from({ length }, (_, index) => at(at(when, index) === 0 ? otherwise : then, index));
};

/** Entry by entry; where names are involved, `named` may still know the answer. */
function arithmetic(
  compute: (a: number, b: number) => number,
  named: (a: Dimension, b: Dimension) => Dimension | undefined,
): DimensionRule {
  return ({ inputs, dimensionsAt, unknown }) => {
    const [a, b] = [dimensionsAt(0), dimensionsAt(1)];
    if (inputs.length !== 2 || a === undefined || b === undefined || (a.length !== b.length && a.length !== 1 && b.length !== 1))
      return undefined;
    return Array.from({ length: Math.max(a.length, b.length) }, (_, index) => {
      const [left, right] = [a[a.length === 1 ? 0 : index] as Dimension, b[b.length === 1 ? 0 : index] as Dimension];
      if (typeof left === "number" && typeof right === "number") return compute(left, right);
      return named(left, right) ?? unknown();
    });
  };
}

function compared(test: (a: number, b: number) => boolean): DimensionRule {
  return ({ dimensionsAt }) => {
    const [a, b] = [dimensionsAt(0), dimensionsAt(1)];
    if (a === undefined || b === undefined || [...a, ...b].some((size) => typeof size === "string")) return undefined;
    if (a.length !== b.length && a.length !== 1 && b.length !== 1) return undefined;
    return Array.from({ length: Math.max(a.length, b.length) }, (_, index) =>
      test(a[a.length === 1 ? 0 : index] as number, b[b.length === 1 ? 0 : index] as number) ? 1 : 0,
    );
  };
}

const inverted: DimensionRule = ({ dimensionsAt }) => {
  const values = dimensionsAt(0);
  return values?.every((value) => typeof value === "number") === true ? values.map((value) => (value === 0 ? 1 : 0)) : undefined;
};

const beside = (neutral: number) => (a: Dimension, b: Dimension) => (a === neutral ? b : b === neutral ? a : undefined);
const after = (neutral: number) => (a: Dimension, b: Dimension) => (b === neutral ? a : undefined);

/** How shapes that a graph computes while it runs are followed before it runs, by operator. */
export const dimensionRules: ReadonlyMap<string, DimensionRule> = new Map<string, DimensionRule>([
  ["Shape", shapeOf],
  ["Size", sizeOf],
  ["Identity", passed],
  ["Cast", passed],
  ["Squeeze", passed],
  ["Unsqueeze", unsqueezed],
  ["Reshape", reshaped],
  ["Concat", concatenated],
  ["Gather", gathered],
  ["Slice", sliced],
  ["ConstantOfShape", repeated],
  ["Range", counted],
  ["ReduceProd", multiplied],
  ["Neg", negated],
  ["Where", chosen],
  ["Add", arithmetic((a, b) => a + b, beside(0))],
  ["Sub", arithmetic((a, b) => a - b, after(0))],
  ["Mul", arithmetic((a, b) => a * b, beside(1))],
  ["Div", arithmetic((a, b) => Math.trunc(a / b), after(1))],
  ["Min", arithmetic(Math.min, () => undefined)],
  ["Max", arithmetic(Math.max, () => undefined)],
  ["Equal", compared((a, b) => a === b)],
  ["Less", compared((a, b) => a < b)],
  ["LessOrEqual", compared((a, b) => a <= b)],
  ["Greater", compared((a, b) => a > b)],
  ["GreaterOrEqual", compared((a, b) => a >= b)],
  ["And", compared((a, b) => a * b !== 0)],
  ["Or", compared((a, b) => a + b !== 0)],
  ["Not", inverted],
]);
