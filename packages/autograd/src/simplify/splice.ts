import { createBuilder, type GraphBuilder } from "../builder.ts";
import type { Node, Value } from "../graph.ts";
import type { RewriteContext } from "./rewrite.ts";

/** Nodes in the place of one, made with a builder from the node's inputs; `undefined` where nothing is made. */
export function splice(
  node: Node,
  { typeOf, constant, fresh }: RewriteContext,
  make: (builder: GraphBuilder, inputs: readonly (Value | undefined)[]) => Value | undefined,
): readonly Node[] | undefined {
  const builder = createBuilder();
  const types = node.inputs.map((name) => (name === "" ? undefined : typeOf(name)));
  if (node.inputs.some((name, index) => name !== "" && types[index] === undefined)) return undefined;
  const given = new Map<string, Value>();
  for (const [index, name] of node.inputs.entries()) {
    const of = types[index];
    if (of !== undefined && !given.has(name)) given.set(name, builder.input(name, of.type, of.shape ?? []));
  }
  const made = make(
    builder,
    node.inputs.map((name) => given.get(name)),
  );
  if (made === undefined) return undefined;
  const fragment = builder.build({ outputs: [made] });
  const names = new Map<string, string>([
    ["", ""],
    [made.name, node.outputs[0] as string],
  ]);
  for (const name of given.keys()) names.set(name, name);
  for (const [name, value] of fragment.constants) names.set(name, constant(value));
  const called = (name: string): string => {
    const known = names.get(name);
    if (known !== undefined) return known;
    const { type, shape } = builder.value(name);
    const other = fresh({ type, shape });
    names.set(name, other);
    return other;
  };
  return fragment.nodes.map((each) => ({ ...each, inputs: each.inputs.map(called), outputs: each.outputs.map(called) }));
}
