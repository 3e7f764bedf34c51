import { type Attribute, type Graph, IR_VERSION, type Node, OPSET, type ValueType } from "../graph.ts";
import { elementCode } from "./element-types.ts";
import { encodeMessage } from "./message.ts";
import { attributeCodes } from "./read-attribute.ts";
import {
  attributeTable,
  dimensionTable,
  graphTable,
  modelTable,
  nodeTable,
  opsetTable,
  shapeTable,
  tensorTypeTable,
  typeTable,
  valueTable,
} from "./tables.ts";
import { encodeTensor, toBytes } from "./tensor-message.ts";

/**
 * The bytes of an ONNX file that holds the graph: opset 21, IR version 10.
 *
 * @throws RangeError when an attribute of whole numbers holds another number
 */
export function encodeModel(graph: Graph): Uint8Array {
  const opsets = Object.entries({ "": OPSET, ...graph.domains });
  return encodeMessage(modelTable, {
    irVersion: IR_VERSION,
    producerName: "ohmwork",
    graph: encodeGraph(graph),
    opsets: opsets.map(([domain, version]) => encodeMessage(opsetTable, { domain, version })),
  });
}

function encodeGraph(graph: Graph): Uint8Array {
  const typed = new Set([...graph.inputs, ...graph.outputs].map(({ name }) => name));
  const between = [...graph.types].filter(([name]) => !typed.has(name));
  return encodeMessage(graphTable, {
    name: graph.name === "" ? "graph" : graph.name,
    nodes: namedOnce(graph.nodes).map(encodeNode),
    initializers: Array.from(graph.constants, ([name, tensor]) => encodeTensor(tensor, name)),
    inputs: graph.inputs.map((value) => encodeValue(value.name, value)),
    outputs: graph.outputs.map((value) => encodeValue(value.name, value)),
    values: between.map(([name, type]) => encodeValue(name, type)),
  });
}

/** Nodes whose name another one has lose it, as when a graph is put into another twice: ONNX Runtime refuses the second. */
function namedOnce(nodes: readonly Node[]): readonly Node[] {
  const taken = new Set<string>();
  return nodes.map((node) => {
    if (taken.has(node.name)) return { ...node, name: "" };
    taken.add(node.name);
    return node;
  });
}

function encodeNode(node: Node): Uint8Array {
  const { op, name, domain, inputs, outputs } = node;
  const attributes = Object.entries(node.attributes).map(([key, attribute]) => encodeAttribute(key, attribute));
  return encodeMessage(nodeTable, { op, name, inputs, outputs, attributes, ...(domain === "" ? {} : { domain }) });
}

function encodeAttribute(name: string, attribute: Attribute): Uint8Array {
  if (attribute.kind === "int" || attribute.kind === "ints") checkWhole(name, attribute.value);
  return encodeMessage(attributeTable, { name, type: attributeCodes[attribute.kind], ...fieldOf(attribute) });
}

function checkWhole(name: string, value: number | readonly number[]): void {
  const wrong = [value].flat().find((each) => !Number.isSafeInteger(each));
  if (wrong !== undefined) throw new RangeError(`Attribute "${name}" holds ${wrong}: expected a whole number`);
}

function fieldOf(attribute: Attribute): Parameters<typeof encodeMessage<typeof attributeTable>>[1] {
  switch (attribute.kind) {
    case "float":
      return { float: attribute.value };
    case "int":
      return { int: attribute.value };
    case "string":
      return { text: toBytes(attribute.value) };
    case "tensor":
      return { tensor: encodeTensor(attribute.value) };
    case "graph":
      return { graph: encodeGraph(attribute.value) };
    case "floats":
      return { floats: attribute.value };
    case "ints":
      return { ints: attribute.value };
    case "strings":
      return { texts: attribute.value.map(toBytes) };
    default:
      throw new TypeError(`Attribute kind ${String(attribute satisfies never)} is not known`);
  }
}

function encodeValue(name: string, { type, shape }: ValueType): Uint8Array {
  const dimensions = shape?.map((size) => encodeMessage(dimensionTable, typeof size === "number" ? { size } : { name: size }));
  const tensor = encodeMessage(tensorTypeTable, {
    element: elementCode(type),
    ...(dimensions === undefined ? {} : { shape: encodeMessage(shapeTable, { dimensions }) }),
  });
  return encodeMessage(valueTable, { name, type: encodeMessage(typeTable, { tensor }) });
}
