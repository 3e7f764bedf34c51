import { createCircuit, createDcSolver } from "@ohmwork/circuit";
import { ad5220Part, type UpDownPot, x9c103Part } from "../firmata/up-down-pot.ts";

const SUPPLY_VOLTS = 5;

/** Four potentiometers that join two digital pins, ground and supply to one output: three AD5220 of 100 kΩ and an X9C103 of 10 kΩ. */
export const fourPots: readonly UpDownPot[] = [
  { name: "s0-out", part: ad5220Part, pins: { select: 2, clock: 5, direction: 6 } },
  { name: "s1-out", part: x9c103Part, pins: { select: 3, clock: 5, direction: 6 } },
  { name: "ground-out", part: ad5220Part, pins: { select: 4, clock: 5, direction: 6 } },
  { name: "supply-out", part: ad5220Part, pins: { select: 9, clock: 5, direction: 6 } },
];
export const twoSources = [
  { name: "s0", pin: 7 },
  { name: "s1", pin: 8 },
] as const;

/** Resistance at a position [Ω], by the data sheets: AD5220 of 100 kΩ with 40 Ω of wiper, X9C103 of 10 kΩ with 40 Ω. */
function potOhms(pot: UpDownPot, position: number): number {
  return pot.part === ad5220Part ? 40 + (position / 128) * 100_000 : 40 + (position / 99) * 10_000;
}

/** Voltage of `out` by the solver [V]. */
export function outVolts(positions: readonly number[], sourceVolts: readonly number[]): number {
  const law = { law: "conductor", minSiemens: 1e-9, maxSiemens: 1 } as const;
  const circuit = createCircuit(
    ["s0", "s1", "ground", "supply", "out"],
    fourPots.map(({ name }, from) => ({ name, from, to: 4, law })),
  );
  const solver = createDcSolver(circuit, [0, 1, 2, 3]);
  solver.factor(Float64Array.from(fourPots, (pot, i) => 1 / potOhms(pot, positions[i] as number)));
  const volts = new Float64Array(5);
  solver.solve(Float64Array.of(...sourceVolts, 0, SUPPLY_VOLTS), volts);
  return volts[4] as number;
}

export interface EmulatedPots {
  readonly positions: readonly number[];
  /** Times that a position was stored. */
  readonly stored: () => number;
  /** Two chips were selected at once while the clock fell. */
  readonly collisions: () => number;
  readonly setPin: (pin: number, high: boolean) => void;
  readonly analogVolts: () => readonly number[];
}

/** The chips at pin level, and the circuit behind them; they wake up where `wakeAt` says. */
export function createEmulatedPots(wakeAt: readonly number[]): EmulatedPots {
  const positions = [...wakeAt];
  const level = new Map<number, boolean>();
  const isHigh = (pin: number): boolean => level.get(pin) ?? true;
  let stores = 0;
  let clashes = 0;
  let volts: readonly number[] | undefined;
  const clockFalls = (): void => {
    const moved = fourPots.filter(({ pins }) => !isHigh(pins.select));
    if (moved.length > 1) clashes += 1;
    for (const pot of moved) {
      const i = fourPots.indexOf(pot);
      const step = isHigh(pot.pins.direction) ? 1 : -1;
      positions[i] = Math.min(pot.part.positions - 1, Math.max(0, (positions[i] as number) + step));
    }
  };
  return {
    positions,
    stored: () => stores,
    collisions: () => clashes,
    setPin: (pin, high) => {
      if (isHigh(pin) === high) return;
      level.set(pin, high);
      volts = undefined;
      const clock = fourPots[0]?.pins.clock ?? -1;
      if (pin === clock && !high) clockFalls();
      // X9C data sheet, store: CS rises while INC is high.
      const released = fourPots.find(({ pins }) => pins.select === pin && high);
      if (released?.part === x9c103Part && isHigh(clock)) stores += 1;
    },
    analogVolts: () => {
      const sourceVolts = twoSources.map(({ pin }) => (isHigh(pin) ? SUPPLY_VOLTS : 0));
      volts ??= [outVolts(positions, sourceVolts)];
      return volts;
    },
  };
}
