import { GraphError } from "../graph-error.ts";
import { describeNode, type Node } from "../graph.ts";
import { type Tensor, tensor } from "../tensor.ts";

/** The tensor that a node of the operator Constant holds, in whichever of its attributes. @throws GraphError when none does */
export function constantOf(node: Node): Tensor {
  for (const [name, attribute] of Object.entries(node.attributes)) {
    if (name === "value" && attribute.kind === "tensor") return attribute.value;
    if (name === "value_float" && attribute.kind === "float") return tensor("float32", [], [attribute.value]);
    if (name === "value_floats" && attribute.kind === "floats") {
      return tensor("float32", [attribute.value.length], attribute.value);
    }
    if (name === "value_int" && attribute.kind === "int") return tensor("int64", [], [attribute.value]);
    if (name === "value_ints" && attribute.kind === "ints") return tensor("int64", [attribute.value.length], attribute.value);
    if (name === "value_string" && attribute.kind === "string") return { type: "string", shape: [], data: [attribute.value] };
    if (name === "value_strings" && attribute.kind === "strings") {
      return { type: "string", shape: [attribute.value.length], data: attribute.value };
    }
  }
  throw new GraphError(`${describeNode(node)} holds no constant`, { node: node.name });
}
