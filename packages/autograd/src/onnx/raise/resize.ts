import { type Node, text, textOf } from "../../graph.ts";
import { numbersOf, tensor } from "../../tensor.ts";
import { cannotRaise, type RaiseContext, type RaiseStep, withAttributes } from "./raise-step.ts";

// The first Resize took a pixel for its corner, and the next one to the left; ONNX Runtime takes the one to the right where
// an image shrinks, and so it is here.
function asymmetric(node: Node, scales: string, context: RaiseContext): readonly Node[] {
  const constant = context.constantAt(scales);
  const factors = constant === undefined ? [] : numbersOf(constant);
  const shrinks = factors.some((factor) => factor < 1);
  if (shrinks && factors.some((factor) => factor > 1)) throw cannotRaise(node, context, "it both shrinks and grows");
  const mode = textOf(node, "mode", "nearest");
  const raised = withAttributes(node, {
    scales: undefined,
    mode: text(mode === "bilinear" ? "linear" : mode),
    coordinate_transformation_mode: text("asymmetric"),
    nearest_mode: text(shrinks ? "ceil" : "floor"),
  });
  return [{ ...raised, op: "Resize", inputs: [node.inputs[0] ?? "", "", scales] }];
}

function raiseUpsample(node: Node, context: RaiseContext): readonly Node[] {
  const attribute = node.attributes["scales"];
  const scales =
    attribute?.kind === "floats"
      ? context.constant(tensor("float32", [attribute.value.length], attribute.value), "scales")
      : node.inputs[1];
  if (scales === undefined) throw cannotRaise(node, context, "it has no scales");
  return asymmetric(node, scales, context);
}

function refuseOldMode(node: Node, context: RaiseContext): readonly Node[] {
  const mode = textOf(node, "coordinate_transformation_mode", "half_pixel");
  if (mode === "tf_half_pixel_for_nn") throw cannotRaise(node, context, `coordinate_transformation_mode ${mode} is no more`);
  return [node];
}

/** Operators that scale images. */
export const resizes: Readonly<Record<string, readonly RaiseStep[]>> = {
  Upsample: [{ before: 10, raise: raiseUpsample }],
  Resize: [
    { before: 11, raise: (node, context) => asymmetric(node, node.inputs[1] ?? "", context) },
    { before: 13, raise: refuseOldMode },
  ],
};
