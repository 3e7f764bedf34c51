import { createBuilder, type GraphBuilder } from "../builder.ts";
import type { Graph, Node, Value, ValueType } from "../graph.ts";
import { rebound } from "../rebound.ts";
import { readByBodies } from "../simplify/remove-dead.ts";
import { numbersOf } from "../tensor.ts";
import { expandIf, expandLoop, expandScan } from "./control.ts";
import type { Expansion } from "./expansion.ts";
import { expandRecurrence } from "./recurrence.ts";

const expansions: ReadonlyMap<string, Expansion> = new Map([
  ["RNN", expandRecurrence],
  ["GRU", expandRecurrence],
  ["LSTM", expandRecurrence],
  ["Scan", expandScan],
  ["Loop", expandLoop],
  ["If", expandIf],
]);

/** Whether a node is one that `unroll` writes out. */
export function isUnrollable(node: Node): boolean {
  return node.domain === "" && expansions.has(node.op);
}

/**
 * The graph with recurrent nodes (RNN, GRU, LSTM), Scan and Loop written out step by step, and of each If the branch that is
 * taken: the form in which gradients can pass through them. Names of inputs, outputs and all other values stay.
 *
 * @param wanted which of these nodes to write out; all, unless told
 * @throws GraphError when the number of steps, or a condition, is not known before the graph runs
 */
export function unroll(graph: Graph, wanted: (node: Node) => boolean = () => true): Graph {
  let result = graph;
  for (;;) {
    const index = result.nodes.findIndex((node) => isUnrollable(node) && wanted(node));
    if (index < 0) return result;
    result = expandAt(result, index);
  }
}

function expandAt(graph: Graph, index: number): Graph {
  const node = graph.nodes[index] as Node;
  const around = createBuilder({ ...graph, nodes: graph.nodes.slice(0, index), outputs: [] });
  const builder = createBuilder();
  const given = new Map<string, Value>();
  const outer = (name: string): Value => {
    const before = given.get(name);
    if (before !== undefined) return before;
    const value = around.value(name);
    const constant = around.constantOf(value);
    const made = constant ? builder.constant(constant, name) : openInput(builder, value);
    given.set(name, made);
    return made;
  };
  const numberOf = (value: Value): number | undefined =>
    known(builder, value) ?? (given.has(value.name) ? known(around, value) : undefined);
  const inputs = node.inputs.map((name) => (name === "" ? undefined : outer(name)));
  const made = (expansions.get(node.op) as Expansion)({ builder, node, inputs, outer, numberOf });
  const outputs = node.outputs.flatMap((name, at) =>
    name === "" || made[at] === undefined ? [] : [{ name, value: builder.identity(made[at]) }],
  );
  const part = builder.build({ outputs: outputs.map(({ value }) => value) });
  const named = new Map(outputs.map(({ name, value }) => [value.name, name]));
  return splice(graph, index, part, (name) => named.get(name) ?? (given.has(name) ? name : undefined));
}

/** A value from around, whose shape may be of any rank. */
function openInput(builder: GraphBuilder, { name, type, shape }: Value): Value {
  return builder.input(name, type, shape as NonNullable<Value["shape"]>);
}

function known(builder: GraphBuilder, value: Value): number | undefined {
  const constant = builder.constantOf(value);
  if (constant !== undefined) return constant.data.length === 1 ? numbersOf(constant)[0] : undefined;
  const entries = builder.dimensionsOf(value);
  return entries?.length === 1 && typeof entries[0] === "number" ? entries[0] : undefined;
}

/** Puts the nodes of a part in the place of one node, with names that are not taken. */
function splice(graph: Graph, index: number, part: Graph, kept: (name: string) => string | undefined): Graph {
  const node = graph.nodes[index] as Node;
  const taken = new Set([
    ...graph.inputs.map(({ name }) => name),
    ...graph.constants.keys(),
    ...graph.nodes.flatMap((own) => [...own.outputs, ...readByBodies(own.attributes)]),
  ]);
  const prefix = node.name === "" ? (node.outputs.find((name) => name !== "") ?? node.op) : node.name;
  const names = new Map<string, string>();
  const rename = (name: string): string => {
    const before = name === "" ? "" : (names.get(name) ?? kept(name));
    if (before !== undefined) return before;
    let fresh = `${prefix}/${name}`;
    while (taken.has(fresh)) fresh += "'";
    taken.add(fresh);
    names.set(name, fresh);
    return fresh;
  };
  const nodes = part.nodes.map((own) => ({
    ...own,
    inputs: own.inputs.map(rename),
    outputs: own.outputs.map(rename),
    attributes: rebound(own.attributes, (name) => names.get(name) ?? kept(name)),
  }));
  const constants = new Map([...graph.constants, ...[...part.constants].map(([name, value]) => [rename(name), value] as const)]);
  const types = new Map<string, ValueType>(graph.types);
  for (const [name, type] of part.types) types.set(rename(name), type);
  return { ...graph, nodes: graph.nodes.toSpliced(index, 1, ...nodes), constants, types };
}
