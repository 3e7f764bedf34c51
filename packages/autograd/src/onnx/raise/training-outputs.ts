import { floatOf, intOf, type Node } from "../../graph.ts";
import { tensor } from "../../tensor.ts";
import { cannotRaise, type RaiseContext, type RaiseStep, withAttributes, withInput } from "./raise-step.ts";

/** Leaves out the outputs after the first, which are those of training. */
function firstOutputOnly(node: Node, context: RaiseContext): Node {
  const read = node.outputs.slice(1).find((name) => context.isRead(name));
  if (read !== undefined) throw cannotRaise(node, context, `its output "${read}" belongs to training`);
  return { ...node, outputs: node.outputs.slice(0, 1) };
}

function raiseDropout(node: Node, context: RaiseContext): readonly Node[] {
  const ratio = context.constant(tensor("float32", [], [floatOf(node, "ratio", 0.5)]), "ratio");
  const plain = withAttributes(node, { ratio: undefined, is_test: undefined, seed: undefined });
  return [withInput(context.version < 10 ? firstOutputOnly(plain, context) : plain, 1, ratio)];
}

function raiseNormalization(node: Node, context: RaiseContext): readonly Node[] {
  if (intOf(node, "spatial", 1) !== 1) throw cannotRaise(node, context, "spatial is 0, a mean and a variance for each element");
  return [firstOutputOnly(withAttributes(node, { spatial: undefined, is_test: undefined }), context)];
}

/** Operators that do one thing in training and another afterwards. */
export const trainingOutputs: Readonly<Record<string, readonly RaiseStep[]>> = {
  Dropout: [{ before: 12, raise: raiseDropout }],
  BatchNormalization: [{ before: 14, raise: raiseNormalization }],
};
