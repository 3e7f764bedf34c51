import type { Attribute, Attributes, Graph } from "./graph.ts";

/**
 * Attributes whose graphs, the bodies of loops and branches, read other values from around them.
 *
 * @param rename the new name of a value around the bodies; undefined to leave it
 */
export function rebound(attributes: Attributes, rename: (name: string) => string | undefined): Attributes {
  if (!Object.values(attributes).some(({ kind }) => kind === "graph")) return attributes;
  const entries = Object.entries(attributes).map(([key, attribute]): [string, Attribute] =>
    attribute.kind === "graph" ? [key, { kind: "graph", value: reboundBody(attribute.value, rename) }] : [key, attribute],
  );
  return Object.fromEntries(entries);
}

function reboundBody(body: Graph, rename: (name: string) => string | undefined): Graph {
  const own = new Set([
    ...body.inputs.map(({ name }) => name),
    ...body.constants.keys(),
    ...body.nodes.flatMap(({ outputs }) => outputs),
  ]);
  const around = (name: string): string | undefined => (name === "" || own.has(name) ? undefined : rename(name));
  return {
    ...body,
    nodes: body.nodes.map((node) => ({
      ...node,
      inputs: node.inputs.map((name) => around(name) ?? name),
      attributes: rebound(node.attributes, around),
    })),
    outputs: body.outputs.map((output) => ({ ...output, name: around(output.name) ?? output.name })),
  };
}
