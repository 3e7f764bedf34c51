import type { GraphCore } from "./builder.ts";
import type { Graph, Value } from "./graph.ts";
import { rebound } from "./rebound.ts";

/**
 * A measured value with a model's gradient, the primitive of Physics-Aware Training (Wright et al., Nature 601, 549, 2022):
 * forward it is `value`, backward the cotangent goes to `model`, a twin's output for the inputs and parameters that were
 * really used. With the model left to compute `value` itself, the same graph trains in silico.
 *
 * @param value what was measured; no gradient flows into it
 * @param model the twin's output, of the same type and shape
 * @throws GraphError when the two differ in type or shape
 */
export function measured(builder: GraphCore, value: Value, model: Value): Value {
  return builder.op("Measured", [value, model], {}, { domain: "ohmwork" });
}

/** The graph with each measured value in the place where it was declared measured; what only its model needed is left dangling. */
export function lowerMeasured(graph: Graph): Graph {
  const stands = new Map<string, string>();
  const nodes = graph.nodes.flatMap((node) => {
    const inputs = node.inputs.map((name) => stands.get(name) ?? name);
    if (node.domain === "ohmwork" && node.op === "Measured") {
      stands.set(node.outputs[0] as string, inputs[0] as string);
      return [];
    }
    return [{ ...node, inputs, attributes: rebound(node.attributes, (name) => stands.get(name)) }];
  });
  if (stands.size === 0) return graph;
  const outputs = graph.outputs.map((output) => ({ ...output, name: stands.get(output.name) ?? output.name }));
  return { ...graph, nodes, outputs };
}
