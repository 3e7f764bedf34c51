import type { Circuit } from "./circuit.ts";
import { currentOf } from "./edge-current.ts";

/** Currents [edges] A, from → to, for parameters [edges] and node voltages [nodes] V. */
export function edgeCurrents(circuit: Circuit, parameters: Float64Array, voltages: Float64Array): Float64Array {
  return Float64Array.from(circuit.edges, ({ law, from, to }, e) =>
    currentOf(law, parameters[e] as number, voltages[from] as number, voltages[to] as number),
  );
}

/** Power [W] that a network turns into heat: the sum of current times drop over its edges, for parameters [edges] and voltages [nodes] V. */
export function powerOf(circuit: Circuit, parameters: Float64Array, voltages: Float64Array): number {
  let power = 0;
  for (const [e, { law, from, to }] of circuit.edges.entries()) {
    const va = voltages[from] as number;
    const vb = voltages[to] as number;
    power += currentOf(law, parameters[e] as number, va, vb) * (va - vb);
  }
  return power;
}

/** The same for a linear network, from its conductances [edges] S. */
export function powerOfConductances(
  graph: { readonly edges: readonly { readonly from: number; readonly to: number }[] },
  conductances: Float64Array,
  voltages: Float64Array,
): number {
  let power = 0;
  for (let e = 0; e < graph.edges.length; e += 1) {
    const { from, to } = graph.edges[e] as { from: number; to: number };
    const drop = (voltages[from] as number) - (voltages[to] as number);
    power += (conductances[e] as number) * drop * drop;
  }
  return power;
}
