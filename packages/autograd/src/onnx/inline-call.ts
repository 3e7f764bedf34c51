import { GraphError } from "../graph-error.ts";
import { type Attribute, describeNode, type Graph, type Node, type Value } from "../graph.ts";
import { decodeMessage, type Message } from "./message.ts";
import { readAttribute } from "./read-attribute.ts";
import type { ReadContext } from "./read-nodes.ts";
import { functionTable, opsetTable } from "./tables.ts";

export type FunctionMessage = Message<typeof functionTable>;

const deepest = 32;
const mostCalls = 10_000;

/** What tells one function of a file from another. */
export function functionKey(domain: string, name: string, overload = ""): string {
  return JSON.stringify([domain, name, overload]);
}

/** The functions that a file defines. @throws GraphError when one is of another opset than the file */
export function readFunctions(items: readonly Uint8Array[], version: number): Map<string, FunctionMessage> {
  const functions = new Map<string, FunctionMessage>();
  for (const item of items) {
    const message = decodeMessage(item, functionTable);
    for (const opset of message.opsets) {
      const { domain = "", version: own = 0 } = decodeMessage(opset, opsetTable);
      if ((domain === "" || domain === "ai.onnx") && own !== version) {
        throw new GraphError(`Function "${message.name ?? ""}" is of opset ${own}, in a model of opset ${version}`);
      }
    }
    functions.set(functionKey(message.domain ?? "", message.name ?? "", message.overload), message);
  }
  return functions;
}

/** The nodes that a call of a function stands for; values inside it get names that begin with the function's and a number. */
export function inlineCall(
  call: Node,
  called: FunctionMessage,
  context: ReadContext,
  readNodes: (items: readonly Uint8Array[], context: ReadContext) => readonly Node[],
): Node[] {
  const number = (context.calls.count += 1);
  if (context.depth >= deepest || number > mostCalls) {
    throw new GraphError(`${describeNode(call)} calls functions without end`, { node: call.name });
  }
  const defaults = new Map(called.defaults.map((item) => defaultOf(item, call.op)));
  const attributeOf = (name: string): Attribute | undefined => {
    const value = Object.hasOwn(call.attributes, name) ? call.attributes[name] : defaults.get(name);
    if (value?.kind !== "graph") return value;
    throw new GraphError(`${describeNode(call)} hands a graph to a function, which is not supported`, { node: call.name });
  };
  const body = readNodes(called.nodes, { ...context, depth: context.depth + 1, attributeOf });
  const names = new Map<string, string>([["", ""]]);
  for (const [i, name] of called.inputs.entries()) names.set(name, call.inputs[i] ?? "");
  for (const [i, name] of called.outputs.entries()) {
    const wanted = call.outputs[i] ?? "";
    if (wanted !== "") names.set(name, wanted);
  }
  const rename = (name: string): string => names.get(name) ?? `${call.op}#${number}/${name}`;
  return body.map((node) => renamed(node, rename));
}

function defaultOf(item: Uint8Array, op: string): [name: string, value: Attribute | undefined] {
  const { name, attribute } = readAttribute(item, `function ${op}`, () => {
    throw new GraphError(`Function ${op} has a graph for the default of an attribute, which is not supported`);
  });
  return [name, attribute];
}

function renamed(node: Node, rename: (name: string) => string): Node {
  const attributes = Object.fromEntries(
    Object.entries(node.attributes).map(([key, attribute]): [string, Attribute] => [
      key,
      attribute.kind === "graph" ? { kind: "graph", value: renamedGraph(attribute.value, rename) } : attribute,
    ]),
  );
  return { ...node, inputs: node.inputs.map(rename), outputs: node.outputs.map(rename), attributes };
}

function renamedGraph(graph: Graph, rename: (name: string) => string): Graph {
  const value = (own: Value): Value => ({ ...own, name: rename(own.name) });
  return {
    ...graph,
    inputs: graph.inputs.map(value),
    outputs: graph.outputs.map(value),
    constants: new Map(Array.from(graph.constants, ([name, tensor]) => [rename(name), tensor])),
    nodes: graph.nodes.map((node) => renamed(node, rename)),
    types: new Map(Array.from(graph.types, ([name, type]) => [rename(name), type])),
  };
}
