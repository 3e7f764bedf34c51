import { bench16Build } from "@ohmwork/bench-16";
import { toSpice } from "@ohmwork/circuit";
import { benchNetwork, type Drive, midScale } from "./bench-voltages.ts";

/** Sources of the deck [V]: all different, so that no two edges can be taken for each other. */
export const deckDrive: Drive = Object.fromEntries(
  bench16Build.sources.map(({ node }, i) => [node, (bench16Build.supplyVolts * (i + 1)) / (bench16Build.sources.length + 1)]),
);

/** `hardware/bench-16/bench-16.cir`: the network with all wipers at mid-scale and the clamp open, for any SPICE. */
export function spiceDeck(): string {
  const { circuit, fixed, fixedVoltages } = benchNetwork;
  const volts = new Map(fixed.map((node, k) => [node, fixedVoltages[k] as number]));
  for (const [node, value] of Object.entries(deckDrive)) volts.set(circuit.nodes.indexOf(node), value);
  return toSpice(circuit, new Float64Array(circuit.edges.length).fill(midScale), volts, {
    title: "bench-16, wipers at mid-scale, clamp open (made by npm run docs)",
  });
}
