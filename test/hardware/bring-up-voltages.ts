import { bench16Netlist, type Netlist } from "@ohmwork/bench-16";
import { benchNetwork, benchVoltages, oneHigh, type Range, voltageRange } from "./bench-voltages.ts";

const netlist = JSON.parse(bench16Netlist) as Netlist;

/** What a person measures: each source on 5 V in turn, the others at 0 V; first none. */
export const cases: readonly (string | undefined)[] = [undefined, ...benchNetwork.roles.sources];

/** Nodes that nothing drives. */
export const freeNodes: readonly string[] = netlist.nodes.filter(
  (node) => !["sources", "grounds", "rails"].some((role) => netlist.roles[role as "sources"].includes(node)),
);

export type Reading = { readonly high: string | undefined; readonly node: string; readonly range: Range };

/** Every reading of the table with its range, in the order of measuring. */
export const readings: readonly Reading[] = cases.flatMap((high) =>
  freeNodes.map((node) => ({ high, node, range: voltageRange(oneHigh(high), node) })),
);

export type Symptom = Reading & { readonly volts: number };

/** Readings that leave their range when one edge does not conduct, the most obvious first. */
export function symptomsOf(openEdge: string): Symptom[] {
  const outside = ({ range, volts }: Symptom): number => Math.max(range.low - volts, volts - range.high);
  return readings
    .map((reading): Symptom => ({
      ...reading,
      volts: benchVoltages(oneHigh(reading.high), { openEdge })[reading.node] as number,
    }))
    .filter((symptom) => outside(symptom) > 0)
    .toSorted((a, b) => outside(b) - outside(a));
}
