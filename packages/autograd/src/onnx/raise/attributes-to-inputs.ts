import { floatOf, intOf, intsOf, type Node } from "../../graph.ts";
import { tensor } from "../../tensor.ts";
import { intsConstant, type RaiseContext, type RaiseStep, scalarLike, withAttributes, withInput } from "./raise-step.ts";

type Raise = RaiseStep["raise"];

/** A list of whole numbers that became an input. */
function listToInput(attribute: string, index: number): Raise {
  return (node, context) => [movedList(node, context, attribute, index)];
}

function movedList(node: Node, context: RaiseContext, attribute: string, index: number): Node {
  const values = intsOf(node, attribute);
  if (values === undefined) return node;
  return withAttributes(withInput(node, index, intsConstant(context, values, attribute)), { [attribute]: undefined });
}

/** Numbers that became scalar inputs of the type of the first input. */
function scalarsToInputs(...moved: readonly (readonly [attribute: string, index: number])[]): Raise {
  return (node, context) => {
    let raised = node;
    const before: Node[] = [];
    for (const [attribute, index] of moved) {
      if (node.attributes[attribute] === undefined) continue;
      const { name, nodes } = scalarLike(context, floatOf(node, attribute, 0), node.inputs[0] ?? "", attribute);
      before.push(...nodes);
      raised = withAttributes(withInput(raised, index, name), { [attribute]: undefined });
    }
    return [...before, raised];
  };
}

const axesToInput = listToInput("axes", 1);

const slice: Raise = (node, context) => {
  const bounds = movedList(movedList(node, context, "starts", 1), context, "ends", 2);
  return [movedList(bounds, context, "axes", 3)];
};

const pad: Raise = (node, context) => {
  const named = intsOf(node, "pads") === undefined ? { pads: node.attributes["paddings"], paddings: undefined } : {};
  return scalarsToInputs(["value", 2])(movedList(withAttributes(node, named), context, "pads", 1), context);
};

const topK: Raise = (node, context) => {
  const k = context.constant(tensor("int64", [1], [intOf(node, "k", 1)]), "k");
  return [withAttributes(withInput(node, 1, k), { k: undefined })];
};

const dft: Raise = (node, context) => {
  const axis = context.constant(tensor("int64", [], [intOf(node, "axis", 1)]), "axis");
  return [withAttributes(withInput(node, 2, axis), { axis: undefined })];
};

const upToEighteen = "ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceMax ReduceMean ReduceMin ReduceProd ReduceSumSquare";

/** What was an attribute first and is an input now. */
export const attributesToInputs: Readonly<Record<string, readonly RaiseStep[]>> = {
  ...Object.fromEntries(upToEighteen.split(" ").map((op) => [op, [{ before: 18, raise: axesToInput }]])),
  ReduceSum: [{ before: 13, raise: axesToInput }],
  Squeeze: [{ before: 13, raise: axesToInput }],
  Unsqueeze: [{ before: 13, raise: axesToInput }],
  Reshape: [{ before: 5, raise: listToInput("shape", 1) }],
  Split: [
    { before: 13, raise: listToInput("split", 1) },
    {
      before: 18,
      raise: (node) =>
        (node.inputs[1] ?? "") === ""
          ? [withAttributes(node, { num_outputs: { kind: "int", value: node.outputs.length } })]
          : [node],
    },
  ],
  Clip: [{ before: 11, raise: scalarsToInputs(["min", 1], ["max", 2]) }],
  Pad: [{ before: 11, raise: pad }],
  Slice: [{ before: 10, raise: slice }],
  TopK: [{ before: 10, raise: topK }],
  DFT: [{ before: 20, raise: dft }],
};
