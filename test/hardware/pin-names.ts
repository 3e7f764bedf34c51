import { bench16Build, type Part } from "@ohmwork/bench-16";

const partOf = new Map(
  bench16Build.components.map(({ ref, part }) => [ref, bench16Build.parts.find(({ id }) => id === part) as Part]),
);

/** The part of a component. */
export function partByRef(ref: string): Part {
  return partOf.get(ref) as Part;
}

/** A pin as a person looks for it: `U3 pin 14 (VDD)`, or `A1 D6` where the print on the board is its number. */
export function pinLabel(at: string): string {
  const [ref = "", name = ""] = at.split(".");
  const number = partByRef(ref).pins.find((pin) => pin.name === name)?.number ?? "?";
  if (number === name) return partByRef(ref).pins.length === 2 ? `${ref} leg ${name}` : `${ref} ${name}`;
  return `${ref} pin ${number} (${name})`;
}

/** The components of a kind of part, in order. */
export function refsOfKind(kind: Part["kind"]): string[] {
  return bench16Build.components.filter(({ ref }) => partByRef(ref).kind === kind).map(({ ref }) => ref);
}

/** Net of a pin, by name. */
export function netNameOf(at: string): string {
  return bench16Build.nets.find(({ pins }) => pins.includes(at))?.name ?? "nothing";
}

/** The first pin of a chip that a net joins, as a person looks for it. */
export function chipPinOf(netName: string): string {
  const { pins } = bench16Build.nets.find(({ name }) => name === netName) ?? { pins: [] };
  return pinLabel(pins.find((pin) => partByRef(pin.split(".")[0] ?? "").kind === "chip") ?? "");
}
