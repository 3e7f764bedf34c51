import type { Circuit } from "@ohmwork/circuit";
import type { Port, Ports } from "@ohmwork/core";
import type { LearningEdge } from "./learning-edges.ts";

/** Where an answer is read: the voltage of a node, or its difference to a second one. */
export type NetworkOutput = { readonly node: number; readonly minus?: number };

/** Ports of a network: driven nodes in, edge parameters, node voltages or their differences out. */
export function networkPorts(options: {
  circuit: Circuit;
  sources: readonly number[];
  outputs: readonly NetworkOutput[];
  sourceVolts: { readonly min: number; readonly max: number };
  edges: readonly LearningEdge[];
}): Ports {
  const { circuit, sources, outputs, edges } = options;
  const { min, max } = options.sourceVolts;
  const nameOf = (node: number): string => circuit.nodes[node] ?? String(node);
  return {
    inputs: sources.map((node) => ({ name: nameOf(node), unit: "V", size: 1, min, max })),
    parameters: edges.map(({ name, unit, min: low, max: high, levels }): Port => {
      const port = { name, unit, size: 1, min: low, max: high };
      return levels === undefined ? port : { ...port, levels };
    }),
    outputs: outputs.map(({ node, minus }): Port =>
      minus === undefined
        ? { name: nameOf(node), unit: "V", size: 1, min, max }
        : { name: `${nameOf(node)} − ${nameOf(minus)}`, unit: "V", size: 1, min: min - max, max: max - min },
    ),
  };
}
