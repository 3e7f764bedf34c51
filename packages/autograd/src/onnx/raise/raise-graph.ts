import { GraphError } from "../../graph-error.ts";
import { type Attribute, describeNode, type Graph, type Node, OPSET, type ValueType } from "../../graph.ts";
import type { Tensor } from "../../tensor.ts";
import { attributesToInputs } from "./attributes-to-inputs.ts";
import { flattenedSoftmaxes } from "./flattened-softmax.ts";
import { oldBroadcasts } from "./old-broadcast.ts";
import { type RaiseContext, type RaiseStep, withAttributes } from "./raise-step.ts";
import { renamed } from "./renamed.ts";
import { resizes } from "./resize.ts";
import { trainingOutputs } from "./training-outputs.ts";

const steps: ReadonlyMap<string, readonly RaiseStep[]> = new Map(
  Object.entries({
    ...attributesToInputs,
    ...oldBroadcasts,
    ...flattenedSoftmaxes,
    ...resizes,
    ...trainingOutputs,
    ...renamed,
  }),
);

// Opsets 22 to 24 gave operators more element types, none of which a graph here can hold, and brought these operators.
const newest = 24;
const newer = new Set("Attention RMSNormalization RotaryEmbedding Swish TensorScatter".split(" "));

/**
 * The graph with the operators of opset 21 in place of those of another version.
 *
 * @throws GraphError when an operator has no counterpart there, naming it and both versions
 */
export function raiseGraph(graph: Graph, version: number): Graph {
  if (version < 1 || version > newest) {
    throw new GraphError(`Model is of opset ${version}: 1 to ${newest} are supported`);
  }
  const names = new Set<string>();
  collectNames(graph, names);
  const fresh = (hint: string): string => {
    let name = hint;
    for (let i = 1; names.has(name); i++) name = `${hint}_${i}`;
    names.add(name);
    return name;
  };
  return raiseOne(graph, version, fresh, () => undefined);
}

type TypeOf = (name: string) => ValueType | undefined;

function raiseOne(graph: Graph, version: number, fresh: (hint: string) => string, outerType: TypeOf): Graph {
  const constants = new Map(graph.constants);
  const typed = new Map<string, ValueType>([
    ...graph.types,
    ...[...graph.inputs, ...graph.outputs].map((v) => [v.name, v] as const),
  ]);
  const read = new Set<string>();
  collectReads(graph, read);
  const typeOf: TypeOf = (name) => constants.get(name) ?? typed.get(name) ?? outerType(name);
  const context: RaiseContext = {
    version,
    typeOf,
    constantAt: (name) => constants.get(name),
    isRead: (name) => read.has(name),
    fresh,
    constant: (value: Tensor, hint) => {
      const name = fresh(hint);
      constants.set(name, value);
      return name;
    },
  };
  const nodes = graph.nodes.flatMap((node) => raiseNode(withInnerRaised(node, version, fresh, typeOf), context));
  return { ...graph, constants, nodes, types: typesOf(graph, nodes) };
}

/** Types of the values that are left, of inputs and outputs too. */
function typesOf(graph: Graph, nodes: readonly Node[]): Map<string, ValueType> {
  const made = new Set(nodes.flatMap(({ outputs }) => outputs));
  const types = new Map([...graph.types].filter(([name]) => made.has(name)));
  for (const { name, type, shape } of [...graph.inputs, ...graph.outputs]) types.set(name, { type, shape });
  return types;
}

function withInnerRaised(node: Node, version: number, fresh: (hint: string) => string, typeOf: TypeOf): Node {
  const raised: Record<string, Attribute> = {};
  for (const [name, attribute] of Object.entries(node.attributes)) {
    if (attribute.kind === "graph") raised[name] = { kind: "graph", value: raiseOne(attribute.value, version, fresh, typeOf) };
  }
  return Object.keys(raised).length === 0 ? node : withAttributes(node, raised);
}

function raiseNode(node: Node, context: RaiseContext): readonly Node[] {
  if (node.domain !== "") return [node];
  if (newer.has(node.op) && context.version > OPSET) {
    throw new GraphError(`${describeNode(node)} is newer than opset ${OPSET}: export the model with that opset`, {
      node: node.name,
    });
  }
  let nodes: readonly Node[] = [context.version < 6 ? withAttributes(node, { consumed_inputs: undefined }) : node];
  for (const { before, raise } of steps.get(node.op) ?? []) {
    if (context.version < before) nodes = nodes.flatMap((each) => (each.op === node.op ? raise(each, context) : [each]));
  }
  return nodes;
}

function collectNames(graph: Graph, names: Set<string>): void {
  for (const { name } of [...graph.inputs, ...graph.outputs]) names.add(name);
  for (const name of [...graph.constants.keys(), ...graph.types.keys()]) names.add(name);
  for (const node of graph.nodes) {
    for (const name of [...node.inputs, ...node.outputs]) names.add(name);
    for (const attribute of Object.values(node.attributes)) if (attribute.kind === "graph") collectNames(attribute.value, names);
  }
}

function collectReads(graph: Graph, read: Set<string>): void {
  for (const { name } of graph.outputs) read.add(name);
  for (const node of graph.nodes) {
    for (const name of node.inputs) read.add(name);
    for (const attribute of Object.values(node.attributes)) if (attribute.kind === "graph") collectReads(attribute.value, read);
  }
}
