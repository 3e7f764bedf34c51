import { intOf, type Node } from "../../graph.ts";
import { cannotRaise, intsConstant, type RaiseContext, type RaiseStep, withAttributes, withInput } from "./raise-step.ts";

// Before opset 7 the second operand was laid along the axes of the first only if `broadcast` said so, from the axis `axis`
// on or else along the last ones; today it lies along the last ones always, so it gets axes of size 1 behind its own.
function raiseOperand(node: Node, context: RaiseContext): readonly Node[] {
  const plain = withAttributes(node, { broadcast: undefined, axis: undefined });
  if (intOf(node, "broadcast", 0) === 0 || node.attributes["axis"] === undefined) return [plain];
  const [first = "", second = ""] = node.inputs;
  const rank = context.typeOf(first)?.shape?.length;
  const width = context.typeOf(second)?.shape?.length;
  if (rank === undefined || width === undefined) {
    throw cannotRaise(node, context, "the file does not tell how many axes its operands have, and broadcast counts on it");
  }
  const axis = intOf(node, "axis", 0);
  return besideAxes(plain, context, width, rank - (axis < 0 ? axis + rank : axis));
}

/** Gives the second operand axes of size 1 behind its own, until there are `wanted`. */
function besideAxes(node: Node, context: RaiseContext, rank: number, wanted: number): readonly Node[] {
  if (wanted <= rank) return [node];
  const axes = Array.from({ length: wanted - rank }, (_, i) => rank + i);
  const name = context.fresh("operand");
  const inputs = [node.inputs[1] ?? "", intsConstant(context, axes, "axes")];
  const unsqueeze = { op: "Unsqueeze", domain: "", name: "", inputs, outputs: [name], attributes: {} };
  return [unsqueeze, withInput(node, 1, name)];
}

// The slope of one channel each lay along the second axis.
function raiseSlope(node: Node, context: RaiseContext): readonly Node[] {
  const [input = "", slope = ""] = node.inputs;
  const shape = context.typeOf(slope)?.shape;
  if (shape?.every((size) => size === 1) === true) return [node];
  const rank = context.typeOf(input)?.shape?.length;
  if (shape?.length !== 1 || rank === undefined) {
    throw cannotRaise(node, context, "the file does not tell how its slope lies along its input");
  }
  return besideAxes(node, context, 1, rank - 1);
}

const operators = "Add Sub Mul Div Pow And Or Xor Equal Greater Less";

/** Operators whose operands went together by other rules than those of NumPy. */
export const oldBroadcasts: Readonly<Record<string, readonly RaiseStep[]>> = {
  ...Object.fromEntries(operators.split(" ").map((op) => [op, [{ before: 7, raise: raiseOperand }]])),
  Gemm: [{ before: 7, raise: (node) => [withAttributes(node, { broadcast: undefined })] }],
  PRelu: [{ before: 7, raise: raiseSlope }],
};
