import type { Attribute, Attributes, Graph, Value, ValueType } from "../graph.ts";
import { numbersOf, tensor, type Tensor } from "../tensor.ts";

// Numbers of float32 and float64 in the file format, where attributes name them.
const single = 1;
const double = 11;

/** Operators that the runtime computes in single precision whatever their type. */
const alwaysSingle = new Set(["Shrink"]);

/** A graph in which all single precision is double, for which its operators may have no kernels; the graph itself where that gains nothing. */
export function inDouble(graph: Graph): Graph {
  if (graph.nodes.some((node) => alwaysSingle.has(node.op))) return graph;
  return {
    ...graph,
    inputs: graph.inputs.map(widenValue),
    outputs: graph.outputs.map(widenValue),
    constants: new Map([...graph.constants].map(([name, value]) => [name, widenTensor(value)])),
    types: new Map([...graph.types].map(([name, type]) => [name, widenType(type)])),
    nodes: graph.nodes.map((node) => ({ ...node, attributes: widenAttributes(node.op, node.attributes) })),
  };
}

/** Single precision as double; everything else as it is. */
export function widenTensor(value: Tensor): Tensor {
  return value.type === "float32" ? tensor("float64", value.shape, numbersOf(value)) : value;
}

function widenType(type: ValueType): ValueType {
  return type.type === "float32" ? { ...type, type: "float64" } : type;
}

function widenValue(value: Value): Value {
  return value.type === "float32" ? { ...value, type: "float64" } : value;
}

function widenAttributes(op: string, attributes: Attributes): Attributes {
  const named = new Map<string, Attribute>(Object.entries(attributes));
  for (const key of op === "Cast" ? ["to"] : ["dtype"]) {
    const attribute = named.get(key);
    if (attribute?.kind === "int" && attribute.value === single) named.set(key, { kind: "int", value: double });
  }
  const value = named.get("value");
  if (value?.kind === "tensor") named.set("value", { kind: "tensor", value: widenTensor(value.value) });
  return Object.fromEntries(named);
}
