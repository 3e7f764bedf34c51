import type { Graph, Node, Value, ValueType } from "../graph.ts";
import type { Tensor } from "../tensor.ts";
import { readByBodies } from "./remove-dead.ts";

/** What a rewriting pass may ask while it walks along the nodes. */
export type RewriteContext = {
  /** Maker of a value as it stands after what was rewritten so far. */
  readonly makerOf: (name: string) => Node | undefined;
  readonly constantOf: (name: string) => Tensor | undefined;
  readonly typeOf: (name: string) => Graph["types"] extends ReadonlyMap<string, infer T> ? T | undefined : never;
  /** A new constant. */
  readonly constant: (value: Tensor) => string;
  /** A name for a new value of this type. */
  readonly fresh: (type: ValueType) => string;
};

/**
 * What becomes of a node: `undefined` to keep it, other nodes of which the last has its outputs, or the name of an existing
 * value that stands for its one output.
 */
export type Rewrite = (node: Node, context: RewriteContext) => Node | readonly Node[] | string | undefined;

/** Walks once along the nodes, giving each to a rewrite with what it reads already replaced. */
export function rewriteNodes(graph: Graph, rewrite: Rewrite): Graph {
  const stands = new Map<string, string>();
  const makers = new Map<string, Node>();
  const constants = new Map(graph.constants);
  const types = new Map(graph.types);
  const inputs = new Map<string, Value>(graph.inputs.map((input) => [input.name, input]));
  const wanted = new Set(graph.outputs.map((output) => output.name));
  // A body reads the values around it by name: these must keep theirs.
  for (const node of graph.nodes) for (const name of readByBodies(node.attributes)) wanted.add(name);
  let counter = 0;
  const unused = (prefix: string): string => {
    let name: string;
    do name = `${prefix}_${(counter += 1)}`;
    while (constants.has(name) || types.has(name) || inputs.has(name));
    return name;
  };
  const context: RewriteContext = {
    makerOf: (name) => makers.get(name),
    constantOf: (name) => constants.get(name),
    typeOf: (name) => types.get(name) ?? inputs.get(name) ?? constants.get(name),
    constant(value) {
      const name = unused("folded");
      constants.set(name, value);
      return name;
    },
    fresh(type) {
      const name = unused("made");
      types.set(name, type);
      return name;
    },
  };
  const nodes: Node[] = [];
  const keep = (node: Node): void => {
    nodes.push(node);
    for (const name of node.outputs) makers.set(name, node);
  };
  for (const original of graph.nodes) {
    const node = { ...original, inputs: original.inputs.map((name) => stands.get(name) ?? name) };
    const made = rewrite(node, context);
    const own = node.outputs[0] as string;
    if (made === undefined) keep(node);
    else if (typeof made !== "string") for (const each of [made].flat()) keep(each);
    else if (wanted.has(own)) keep({ ...node, op: "Identity", domain: "", inputs: [made], attributes: {} });
    else stands.set(own, made);
  }
  return { ...graph, nodes, constants, types };
}
