import { bench16Build } from "@ohmwork/bench-16";
import { partByRef } from "./pin-names.ts";

/** Columns that a part takes of a breadboard: half its pins where it stands over the middle, all of them where they may be in one row. */
function columnsOf(ref: string): number {
  const { kind, package: form, pins } = partByRef(ref);
  if (kind === "board") return NANO_COLUMNS;
  return form.startsWith("PDIP") ? pins.length / 2 : pins.length;
}

const NANO_COLUMNS = 15;

export type Place = { readonly ref: string; readonly breadboard: string; readonly first: number; readonly last: number };

/** Where each chip and the board stands, one column left free between two. */
export const places: readonly Place[] = bench16Build.placement.flatMap(({ breadboard, holds }) => {
  let next = 1;
  return holds.map((ref) => {
    const first = next;
    const last = first + columnsOf(ref) - 1;
    next = last + 2;
    return { ref, breadboard, first, last };
  });
});

/** Rows of five contacts that take so many wires, when rows are joined by a wire of their own. */
export function rowsFor(wires: number): number {
  return Math.max(1, Math.ceil((wires - 2) / 3));
}

/** Wires that are moved about in step 4 of the bring-up. */
const LOOSE_WIRES = 4;

/** Wires of the whole build: of every net, between the rows of a node, and between the rails of the breadboards, two for each rail. */
export function wireCount(): number {
  const isWired = (at: string): boolean => ["board", "chip"].includes(partByRef(at.split(".")[0] ?? "").kind);
  const ofNets = bench16Build.nets.reduce((sum, { role, pins }) => {
    const count = pins.filter(isWired).length;
    if (role === "signal") return sum + count - 1;
    return sum + count + (role === "node" ? rowsFor(pins.length) - 1 : 0);
  }, 0);
  // Both rails on both sides of each board, and from board to board.
  const ofRails = 2 * bench16Build.placement.length + 2 * 2 * (bench16Build.placement.length - 1);
  return ofNets + ofRails + LOOSE_WIRES;
}
