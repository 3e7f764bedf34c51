import type { GraphCore } from "./builder.ts";
import { rebound } from "./rebound.ts";
import { GraphError } from "./graph-error.ts";
import type { Graph, Value } from "./graph.ts";
import { formatShape } from "./shapes/shape-rule.ts";

/**
 * Adds the nodes of a whole graph to a builder, with these values in the place of its inputs.
 *
 * @param outer values around the graph by name, where it is the body of a loop or a branch
 * @returns the graph's outputs by name
 * @throws GraphError when an input is missing or of another type, when ranks or known sizes differ, or when an operator
 *   cannot take the shapes that result
 */
export function inline(
  builder: GraphCore,
  graph: Graph,
  inputs: Readonly<Record<string, Value>>,
  outer?: (name: string) => Value | undefined,
): Record<string, Value> {
  const values = new Map<string, Value>();
  const find = (name: string): Value | undefined => (name === "" ? undefined : (values.get(name) ?? outer?.(name)));
  for (const input of graph.inputs) {
    const given = inputs[input.name];
    if (given === undefined) throw new GraphError(`Graph "${graph.name}" needs input "${input.name}"`, { node: input.name });
    checkFit(graph, input, given);
    values.set(input.name, given);
  }
  for (const [name, constant] of graph.constants) values.set(name, builder.constant(constant));
  for (const node of graph.nodes) {
    const attributes = rebound(node.attributes, (name) => find(name)?.name);
    const made = builder.apply(node.op, node.inputs.map(find), attributes, {
      outputs: node.outputs.length,
      name: node.name,
      domain: node.domain,
    });
    for (const [index, name] of node.outputs.entries()) if (name !== "") values.set(name, made[index] as Value);
  }
  return Object.fromEntries(graph.outputs.map((output) => [output.name, find(output.name) as Value]));
}

function checkFit(graph: Graph, wanted: Value, given: Value): void {
  const fail = (): never => {
    throw new GraphError(
      `Input "${wanted.name}" of graph "${graph.name}" must be ${wanted.type} ${formatShape(wanted.shape)}: ${given.type} ${formatShape(given.shape)} given`,
      { node: wanted.name },
    );
  };
  if (wanted.type !== given.type) fail();
  if (wanted.shape === undefined || given.shape === undefined) return;
  if (wanted.shape.length !== given.shape.length) fail();
  for (const [axis, size] of wanted.shape.entries()) {
    const other = given.shape[axis];
    if (typeof size === "number" && typeof other === "number" && size !== other) fail();
  }
}
