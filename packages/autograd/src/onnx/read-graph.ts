import { GraphError } from "../graph-error.ts";
import type { Graph, Node, Value, ValueType } from "../graph.ts";
import type { Tensor } from "../tensor.ts";
import { constantOf } from "./constant-node.ts";
import { decodeMessage } from "./message.ts";
import { type ReadContext, readNodes } from "./read-nodes.ts";
import { readValue } from "./read-value.ts";
import { graphTable } from "./tables.ts";
import { decodeTensor } from "./tensor-message.ts";

const deepest = 32;

/**
 * A graph from the bytes of a GraphProto, its nodes as they stand there, but for those that only hold a constant or
 * call a function of the file.
 */
export function readGraph(bytes: Uint8Array, context: ReadContext): Graph {
  if (context.depth > deepest) throw new GraphError(`Graph holds graphs in graphs more than ${deepest} deep`);
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
  for (const node of readNodes(message.nodes, context, readGraph)) {
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
  return { name: message.name ?? "", inputs, outputs, constants, nodes, types, domains: context.domains };
}

function typedValue(bytes: Uint8Array, role: string, types?: ReadonlyMap<string, ValueType>): Value {
  const { name, type = types?.get(name) } = readValue(bytes);
  if (type === undefined) throw new GraphError(`${role} "${name}" has no type in the file`);
  return { name, ...type };
}
