import { bench16Build, bench16Netlist, edgeOhms, lowestSafePosition, type Netlist } from "@ohmwork/bench-16";

const netlist = JSON.parse(bench16Netlist) as Netlist;
const tolerance = fact("mcp4251", "endToEndTolerance");
const highest = fact("mcp4251", "positions") - 1;

/** A figure of a part's data sheet. */
export function fact(part: string, name: string): number {
  return bench16Build.parts.find(({ id }) => id === part)?.facts[name] ?? Number.NaN;
}

/** Edges that end at a node. */
export function edgeCount(node: string): number {
  return netlist.edges.filter(({ from, to }) => from === node || to === node).length;
}

/** Largest current that a source can be asked for [A]: every edge at the lowest safe position of a chip at its lowest resistance, the far ends at the other rail. */
export function worstSourceAmperes(node: string): number {
  return (edgeCount(node) * bench16Build.supplyVolts) / edgeOhms(bench16Build, lowestSafePosition(bench16Build), -tolerance);
}

/** Resistance that a free node shows to what reads it [Ω], all its edges at one position and their far ends held. */
function nodeOhms(node: string, position: number): number {
  return edgeOhms(bench16Build, position) / edgeCount(node);
}

/** Capacitance of a node to its surroundings [F]: the terminals of its edges by the data sheet, and 50 pF for breadboard, switch and converter pin. */
function nodeFarads(node: string): number {
  const wipers = netlist.edges.filter(({ from }) => from === node).length;
  const ends = netlist.edges.filter(({ to }) => to === node).length;
  return wipers * fact("mcp4251", "wiperFarads") + ends * fact("mcp4251", "terminalFarads") + 50e-12;
}

/** Time in which a free node comes within half a code of the converter after a step of the whole supply [s]. */
export function settleSeconds(node: string, position: number = highest): number {
  return nodeOhms(node, position) * nodeFarads(node) * Math.log(2 ** (fact("mcp3208", "bits") + 1));
}

/**
 * Time for which the converter must sample a free node to be within half a code [s]. Its sampling capacitor, left at the voltage of the
 * channel before, first takes its share of the charge of the node, which then recovers through the edges.
 */
export function sampleSeconds(node: string, position: number = highest): number {
  const farads = nodeFarads(node);
  const sampling = fact("mcp3208", "sampleFarads");
  const kick = (bench16Build.supplyVolts * sampling) / (farads + sampling);
  const halfCode = bench16Build.supplyVolts / 2 ** (fact("mcp3208", "bits") + 1);
  return nodeOhms(node, position) * (farads + sampling) * Math.log(kick / halfCode);
}
