import type { PhysicalSystem } from "@ohmwork/core";

/** One thing that a simulated device does and its twin does not. */
export type GapEntry = {
  /** What it is, as a person would say it: `stiffness of each pendulum`. */
  readonly name: string;
  readonly where: "input" | "parameter" | "output" | "structure";
  /** How much: a standard deviation where it is drawn, an amplitude where it drifts, a count of levels where it is stepped. */
  readonly size: number;
  /** Unit of `size`; empty where it is relative. */
  readonly unit: string;
  readonly kind: "offset" | "noise" | "quantisation" | "error" | "drift" | "structure";
};

/** The whole gap between a simulated device and its twin; empty for a device that is its twin. */
export type DeclaredGap = readonly GapEntry[];

/** A simulated system that tells in what it departs from its twin. */
export type SimulatedSystem = PhysicalSystem & { readonly gap: DeclaredGap };

/** What a system declares; nothing for one that cannot tell. */
export function gapOf(system: PhysicalSystem): DeclaredGap {
  return "gap" in system ? (system as SimulatedSystem).gap : [];
}

/** Entries that have a size: a part that is scaled to nothing is not part of the gap. */
export function withSize(entries: DeclaredGap): DeclaredGap {
  return entries.filter(({ size }) => size !== 0);
}

/** One line for each part of a gap, for people: `structure, error: stiffness of each pendulum, 10 %`. */
export function describeGap(gap: DeclaredGap): string[] {
  return gap.map(({ where, kind, name, size, unit }) => {
    const [value, of] = unit === "" ? [size * 100, "%"] : [size, unit];
    return `${where}${kind === where ? "" : `, ${kind}`}: ${name}, ${Number(value.toPrecision(4))} ${of}`;
  });
}

/**
 * Checks the sizes of a gap by name, and a factor on them; what is no number is another gap, checked elsewhere.
 *
 * @throws RangeError when one is not a number of 0 or more, or the period of a drift is not above 0
 */
export function checkSizes(sizes: Readonly<Record<string, unknown>>): void {
  for (const [name, size] of Object.entries(sizes)) {
    if (typeof size !== "number") continue;
    if (!Number.isFinite(size) || size < 0) throw new RangeError(`Gap has ${name} ${size}: expected a number of 0 or more`);
    if (name === "driftPeriodCalls" && size === 0) throw new RangeError(`Gap has ${name} 0: expected a number above 0`);
  }
}
