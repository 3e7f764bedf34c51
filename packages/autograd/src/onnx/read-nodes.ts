import { GraphError } from "../graph-error.ts";
import type { Attribute, Graph, Node } from "../graph.ts";
import { type FunctionMessage, functionKey, inlineCall } from "./inline-call.ts";
import { decodeMessage, type Message } from "./message.ts";
import { readAttribute } from "./read-attribute.ts";
import { nodeTable } from "./tables.ts";

/** Where in a file what is read stands. */
export type ReadContext = {
  readonly domains: Readonly<Record<string, number>>;
  /** Functions that the file defines, by `functionKey`. */
  readonly functions: ReadonlyMap<string, FunctionMessage>;
  /** Calls of functions so far. */
  readonly calls: { count: number };
  /** Graphs and functions around this one. */
  readonly depth: number;
  /** In the body of a function: what its attributes hold. */
  readonly attributeOf?: (name: string) => Attribute | undefined;
};

type ReadGraph = (bytes: Uint8Array, context: ReadContext) => Graph;

/** Nodes from the bytes of their NodeProtos; in place of a call stands what the function is made of. */
export function readNodes(items: readonly Uint8Array[], context: ReadContext, readGraph: ReadGraph): Node[] {
  return items.flatMap((item) => {
    const message = decodeMessage(item, nodeTable);
    const node = readNode(message, context, readGraph);
    const called = context.functions.get(functionKey(node.domain, node.op, message.overload));
    if (called === undefined) return [node];
    return inlineCall(node, called, context, (nodes, inside) => readNodes(nodes, inside, readGraph));
  });
}

function readNode(message: Message<typeof nodeTable>, context: ReadContext, readGraph: ReadGraph): Node {
  const op = message.op ?? "";
  const name = message.name ?? "";
  const domain = message.domain === undefined || message.domain === "ai.onnx" ? "" : message.domain;
  const where = name === "" ? op : `${op} "${name}"`;
  const readInner = (bytes: Uint8Array): Graph => readGraph(bytes, { ...context, depth: context.depth + 1 });
  const attributes: Record<string, Attribute> = {};
  for (const item of message.attributes) {
    const { name: key, attribute } = readAttribute(item, where, readInner, context.attributeOf);
    if (Object.hasOwn(attributes, key)) throw new GraphError(`Attribute "${key}" of ${where} is given twice`, { node: name });
    if (attribute === undefined) continue;
    // A name may be one that objects have a meaning for.
    Object.defineProperty(attributes, key, { value: attribute, enumerable: true, configurable: true, writable: true });
  }
  return { op, domain, name, inputs: message.inputs, outputs: message.outputs, attributes };
}
