import type { Graph } from "../graph.ts";

/** The graph without the nodes, constants and types that no output needs. Inputs stay: they are what a caller was promised. */
export function removeDead(graph: Graph): Graph {
  const needed = new Set(graph.outputs.map((output) => output.name));
  const kept = graph.nodes.toReversed().filter((node) => {
    if (!node.outputs.some((name) => needed.has(name))) return false;
    for (const name of node.inputs) needed.add(name);
    for (const name of readByBodies(node.attributes)) needed.add(name);
    return true;
  });
  return {
    ...graph,
    nodes: kept.toReversed(),
    constants: new Map([...graph.constants].filter(([name]) => needed.has(name))),
    types: new Map([...graph.types].filter(([name]) => needed.has(name))),
  };
}

/** Names that the bodies of a loop or a branch may read from around them. */
export function* readByBodies(attributes: Graph["nodes"][number]["attributes"]): Generator<string> {
  for (const attribute of Object.values(attributes)) {
    if (attribute.kind !== "graph") continue;
    for (const node of attribute.value.nodes) {
      yield* node.inputs;
      yield* readByBodies(node.attributes);
    }
    for (const output of attribute.value.outputs) yield output.name;
  }
}
