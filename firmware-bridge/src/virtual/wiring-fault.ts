import type { Wiring } from "./wiring.ts";

/** A mistake on the breadboard, or a part that is broken. */
export type WiringFault =
  /** One wire of the edge is missing. */
  | { readonly kind: "open-edge"; readonly edge: string }
  /** The potentiometers of two edges sit in each other's place. */
  | { readonly kind: "swapped-edges"; readonly edges: readonly [string, string] }
  /** The chip answers and reads back what was written, but this wiper no longer moves from its middle. */
  | { readonly kind: "dead-pot"; readonly edge: string }
  /** A wire joins the node to another, `ground` and `supply` included. */
  | { readonly kind: "shorted-node"; readonly node: string; readonly to: string }
  /** The chip select of a potentiometer chip (by its reference) is not connected: its pull-up keeps it out. */
  | { readonly kind: "missing-chip-select"; readonly pot: string };

/** What the faults make of a wiring. */
export type FaultyWiring = {
  readonly wiring: Wiring;
  /** By edge. */
  readonly isOpen: readonly boolean[];
  readonly isDead: readonly boolean[];
  readonly shorts: readonly { readonly from: number; readonly to: number }[];
  /** By potentiometer chip. */
  readonly isUnselectable: readonly boolean[];
};

/** @throws RangeError when a fault names an edge, a node or a chip that is not there, or shorts a node to itself or the rails */
export function applyWiringFaults(wiring: Wiring, faults: readonly WiringFault[]): FaultyWiring {
  const edges = [...wiring.edges];
  const isOpen = edges.map(() => false);
  const isDead = edges.map(() => false);
  const isUnselectable = wiring.pots.map(() => false);
  const shorts: { from: number; to: number }[] = [];
  const find = (names: readonly string[], name: string, what: string): number => {
    const index = names.indexOf(name);
    if (index < 0) throw new RangeError(`Unknown ${what} "${name}", expected one of ${names.join(", ")}`);
    return index;
  };
  const names = wiring.edges.map((edge) => edge.name);
  for (const fault of faults) {
    switch (fault.kind) {
      case "open-edge":
        isOpen[find(names, fault.edge, "edge")] = true;
        break;
      case "dead-pot":
        isDead[find(names, fault.edge, "edge")] = true;
        break;
      case "swapped-edges": {
        const a = find(names, fault.edges[0], "edge");
        const b = find(names, fault.edges[1], "edge");
        const first = edges[a] as Wiring["edges"][number];
        const second = edges[b] as Wiring["edges"][number];
        edges[a] = { ...first, from: second.from, to: second.to };
        edges[b] = { ...second, from: first.from, to: first.to };
        break;
      }
      case "shorted-node": {
        const from = find(wiring.nodes, fault.node, "node");
        const to = find(wiring.nodes, fault.to, "node");
        const isRail = (node: number): boolean => node === wiring.ground || node === wiring.supply;
        if (from === to || (isRail(from) && isRail(to)))
          throw new RangeError(`Node "${fault.node}" cannot be shorted to "${fault.to}"`);
        shorts.push({ from, to });
        break;
      }
      case "missing-chip-select":
        isUnselectable[
          find(
            wiring.pots.map(({ ref }) => ref),
            fault.pot,
            "potentiometer chip",
          )
        ] = true;
        break;
      default:
        fault satisfies never;
    }
  }
  return { wiring: { ...wiring, edges }, isOpen, isDead, shorts, isUnselectable };
}
