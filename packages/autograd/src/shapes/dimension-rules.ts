import { intOf, type Dimension, type Node } from "../graph.ts";
import type { ShapeContext } from "./shape-rule.ts";

/** Entries of a small vector of whole numbers that a node makes, as far as they follow from those it reads. */
export type DimensionRule = (context: ShapeContext) => readonly Dimension[] | undefined;

const passed: DimensionRule = ({ dimensionsAt }) => dimensionsAt(0);

const shapeOf: DimensionRule = ({ node, inputs }) => {
  const shape = inputs[0]?.shape;
  if (shape === undefined) return undefined;
  const clamp = (at: number): number => Math.min(shape.length, Math.max(0, at < 0 ? at + shape.length : at));
  return shape.slice(clamp(intOf(node, "start", 0)), clamp(intOf(node, "end", shape.length)));
};

const concatenated: DimensionRule = ({ inputs, dimensionsAt }) => {
  const parts = inputs.map((_, index) => dimensionsAt(index));
  return parts.some((part) => part === undefined) ? undefined : (parts as Dimension[][]).flat();
};

const gathered: DimensionRule = ({ dimensionsAt }) => {
  const [from, at] = [dimensionsAt(0), dimensionsAt(1)];
  if (from === undefined || at === undefined) return undefined;
  const picked = at.map((index) => (typeof index === "number" ? from[index < 0 ? index + from.length : index] : undefined));
  return picked.some((size) => size === undefined) ? undefined : (picked as Dimension[]);
};

const sliced: DimensionRule = ({ dimensionsAt }) => {
  const [from, start, end, , step] = [0, 1, 2, 3, 4].map((index) => dimensionsAt(index));
  if (from === undefined || typeof start?.[0] !== "number" || typeof end?.[0] !== "number") return undefined;
  if (step !== undefined && step[0] !== 1) return undefined;
  return from.slice(start[0], Math.min(end[0], from.length));
};

function arithmetic(compute: (a: number, b: number) => number): DimensionRule {
  return ({ dimensionsAt }) => {
    const [a, b] = [dimensionsAt(0), dimensionsAt(1)];
    if (a === undefined || b === undefined || (a.length !== b.length && a.length !== 1 && b.length !== 1)) return undefined;
    const results: number[] = [];
    for (let i = 0; i < Math.max(a.length, b.length); i += 1) {
      const [left, right] = [a[a.length === 1 ? 0 : i], b[b.length === 1 ? 0 : i]];
      if (typeof left !== "number" || typeof right !== "number") return undefined;
      results.push(compute(left, right));
    }
    return results;
  };
}

/** How shapes that a graph computes while it runs are followed before it runs, by operator. */
export const dimensionRules: ReadonlyMap<string, DimensionRule> = new Map<string, DimensionRule>([
  ["Shape", shapeOf],
  ["Identity", passed],
  ["Cast", passed],
  ["Squeeze", passed],
  ["Unsqueeze", passed],
  ["Concat", concatenated],
  ["Gather", gathered],
  ["Slice", sliced],
  ["Add", arithmetic((a, b) => a + b)],
  ["Sub", arithmetic((a, b) => a - b)],
  ["Mul", arithmetic((a, b) => a * b)],
  ["Div", arithmetic((a, b) => Math.trunc(a / b))],
]);

/** Whether a node's result may be followed: vectors of whole numbers of one axis at most. */
export function isFollowed(node: Node): boolean {
  return node.domain === "" && dimensionRules.has(node.op);
}
