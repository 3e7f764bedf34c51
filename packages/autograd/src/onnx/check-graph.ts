import { GraphError } from "../graph-error.ts";
import { describeNode, type Graph } from "../graph.ts";

/**
 * Whether each value has one source that comes before all who read it; `outer` are values of the graphs around.
 *
 * @throws GraphError when one has two sources, or none, or comes too late
 */
export function checkGraph(graph: Graph, outer: ReadonlySet<string> = new Set()): void {
  const known = new Set(outer);
  const define = (name: string, by: string): void => {
    if (known.has(name)) throw new GraphError(`${by} "${name}", which is the name of another value`);
    known.add(name);
  };
  for (const name of [...graph.inputs.map((input) => input.name), ...graph.constants.keys()]) {
    if (name === "") throw new GraphError("Graph has an input or a constant without a name");
    define(name, "Graph has");
  }
  for (const node of graph.nodes) {
    for (const name of node.inputs) {
      if (name === "" || known.has(name)) continue;
      throw new GraphError(`${describeNode(node)} reads "${name}", which nothing before it makes`, { node: node.name });
    }
    for (const attribute of Object.values(node.attributes)) {
      if (attribute.kind === "graph") checkGraph(attribute.value, known);
    }
    for (const name of node.outputs) if (name !== "") define(name, `${describeNode(node)} makes`);
  }
  for (const { name } of graph.outputs) {
    if (!known.has(name)) throw new GraphError(`Output "${name}" is made by no node`);
  }
}
