import { GraphError } from "../graph-error.ts";
import { type Attribute, type Graph, type Node, type Value, type ValueType } from "../graph.ts";
import type { Tensor } from "../tensor.ts";
import { constantOf } from "./constant-node.ts";
import { decodeMessage } from "./message.ts";
import { readAttribute } from "./read-attribute.ts";
import { readValue } from "./read-value.ts";
import { graphTable, nodeTable } from "./tables.ts";
import { decodeTensor } from "./tensor-message.ts";

const deepest = 32;

/** A graph from the bytes of a GraphProto, its nodes as they stand there, but for those that only hold a constant. */
export function readGraph(bytes: Uint8Array, domains: Readonly<Record<string, number>>, depth = 0): Graph {
  if (depth > deepest) throw new GraphError(`Graph holds graphs in graphs more than ${deepest} deep`);
  const message = decodeMessage(bytes, graphTable);
  const sparse = message.sparseInitializers.length;
  if (sparse > 0) throw new GraphError(`Graph has ${sparse} sparse constants, which are not supported`);

  const constants = new Map<string, Tensor>();
  const define = (name: string, tensor: Tensor): void => {
    if (constants.has(name)) throw new GraphError(`Constant "${name}" is given twice`);
    constants.set(name, tensor);
  };
  for (const item of message.initializers) {
    const { name, tensor } = decodeTensor(item, "the graph");
    define(name, tensor);
  }
  const nodes: Node[] = [];
  for (const item of message.nodes) {
    const node = readNode(item, (inner) => readGraph(inner, domains, depth + 1));
    const tensor = node.op === "Constant" && node.domain === "" ? constantOf(node) : undefined;
    if (tensor === undefined) nodes.push(node);
    else define(node.outputs[0] ?? "", tensor);
  }
  const types = new Map<string, ValueType>();
  for (const item of message.values) {
    const { name, type } = readValue(item);
    if (type !== undefined) types.set(name, type);
  }
  // The first versions of the format listed constants among the inputs.
  const inputs = message.inputs.map((item) => typedValue(item, "Input")).filter(({ name }) => !constants.has(name));
  const outputs = message.outputs.map((item) => typedValue(item, "Output", types));
  return { name: message.name ?? "", inputs, outputs, constants, nodes, types, domains };
}

function typedValue(bytes: Uint8Array, role: string, types?: ReadonlyMap<string, ValueType>): Value {
  const { name, type = types?.get(name) } = readValue(bytes);
  if (type === undefined) throw new GraphError(`${role} "${name}" has no type in the file`);
  return { name, ...type };
}

function readNode(bytes: Uint8Array, readInner: (bytes: Uint8Array) => Graph): Node {
  const message = decodeMessage(bytes, nodeTable);
  const op = message.op ?? "";
  const name = message.name ?? "";
  const domain = message.domain === undefined || message.domain === "ai.onnx" ? "" : message.domain;
  const where = name === "" ? op : `${op} "${name}"`;
  const attributes: Record<string, Attribute> = {};
  for (const item of message.attributes) {
    const { name: key, attribute } = readAttribute(item, where, readInner);
    if (Object.hasOwn(attributes, key)) throw new GraphError(`Attribute "${key}" of ${where} is given twice`, { node: name });
    Object.defineProperty(attributes, key, { value: attribute, enumerable: true, configurable: true, writable: true });
  }
  return { op, domain, name, inputs: message.inputs, outputs: message.outputs, attributes };
}
