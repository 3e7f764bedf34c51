/** A potentiometer that is moved one position at a time by falling edges of a clock. */
export type UpDownPart = {
  readonly name: string;
  readonly positions: number;
};

/** AD5220: 128 positions, wakes up in the middle, forgets (Analog Devices data sheet AD5220). */
export const ad5220Part: UpDownPart = { name: "AD5220", positions: 128 };

/** X9C103: 100 positions, wakes up where it was stored last (Renesas data sheet X9C102/103/104/503). */
export const x9c103Part: UpDownPart = { name: "X9C103", positions: 100 };

/** A potentiometer and the board's digital pins that move it; clock and direction may be shared with others, the select may not. */
export type UpDownPot = {
  readonly name: string;
  readonly part: UpDownPart;
  readonly pins: { readonly select: number; readonly clock: number; readonly direction: number };
  /** Position that it is never left below. @default 1 */
  readonly lowestPosition?: number;
};

/** One pin set to one level. */
export type PinLevel = { readonly pin: number; readonly level: 0 | 1 };

/**
 * What moves a potentiometer by that many positions: the clock rests low and is low again when the chip is released. An X9C103
 * stores its position when its select rises while the clock is high: that never happens, its memory is not worn.
 */
export function stepLevels({ pins }: UpDownPot, steps: number): PinLevel[] {
  if (steps === 0) return [];
  const pulses = Array.from({ length: Math.abs(steps) }, (): PinLevel[] => [
    { pin: pins.clock, level: 1 },
    { pin: pins.clock, level: 0 },
  ]);
  return [
    { pin: pins.direction, level: steps > 0 ? 1 : 0 },
    { pin: pins.select, level: 0 },
    ...pulses.flat(),
    { pin: pins.select, level: 1 },
  ];
}
