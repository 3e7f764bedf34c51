import { int, intOf, type Node } from "../../graph.ts";
import type { RaiseContext, RaiseStep } from "./raise-step.ts";
import { withAttributes } from "./raise-step.ts";

// Before opset 13 all axes from `axis` on were one, and its default was 1.
function raise(node: Node, context: RaiseContext): readonly Node[] {
  const [input = ""] = node.inputs;
  const rank = context.typeOf(input)?.shape?.length;
  const axis = intOf(node, "axis", 1);
  if (rank !== undefined && (axis === rank - 1 || axis === -1)) return [withAttributes(node, { axis: int(-1) })];
  const flat = context.fresh("flat");
  const result = context.fresh("flat");
  const shape = context.fresh("shape");
  const plain = { domain: "", name: "", attributes: {} };
  return [
    { ...plain, op: "Flatten", inputs: [input], outputs: [flat], attributes: { axis: int(axis) } },
    { ...withAttributes(node, { axis: int(1) }), inputs: [flat], outputs: [result] },
    { ...plain, op: "Shape", inputs: [input], outputs: [shape] },
    { ...plain, op: "Reshape", inputs: [result, shape], outputs: node.outputs },
  ];
}

/** Operators that saw their input as a matrix. */
export const flattenedSoftmaxes: Readonly<Record<string, readonly RaiseStep[]>> = {
  Softmax: [{ before: 13, raise }],
  LogSoftmax: [{ before: 13, raise }],
  Hardmax: [{ before: 13, raise }],
};
