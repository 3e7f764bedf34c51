/** One channel of an ear as it is drawn. */
export type EarChannel = {
  /** Frequency at the end of its potentiometer, 1 / (2π R C) [Hz]. */
  readonly fullHertz: number;
  /** Gain at the end of its potentiometer, set by a fixed resistor. */
  readonly fullGain: number;
  /** Where it stands before it is trained: centre frequency [Hz], quality factor, and half of the gain. */
  readonly startHertz: number;
  readonly startQuality: number;
};

/** When the envelopes are read, in samples of a row. */
export type EarTiming = {
  readonly samples: number;
  /** Where the onset stands. */
  readonly leadSamples: number;
  /** Stretches that the envelopes are averaged over, one after the other; or one from the onset to where the row's gate ends. */
  readonly slots: { readonly count: number; readonly samples: number; readonly delaySamples: number } | "gated";
};

export type EarDesign = { readonly name: string; readonly channels: readonly EarChannel[]; readonly timing: EarTiming };

/** Samples a second of every row. */
export const EAR_RATE = 16_000;

/** Three slots of 80 ms from 30 ms after the onset; and one from the onset to the end of the sound. */
export const earTimings: Readonly<Record<"slots" | "gated", EarTiming>> = {
  slots: { samples: 5120, leadSamples: 800, slots: { count: 3, samples: 1280, delaySamples: 480 } },
  gated: { samples: 10_240, leadSamples: 800, slots: "gated" },
};

/** Positions of every potentiometer, as shares of 256: the ends that a frequency and a gain stay above keep the channel alive. */
export const CODES = { steps: 256, leastFrequency: 20, leastGain: 4 } as const;

export function slotsOfTiming({ slots }: EarTiming): number {
  return slots === "gated" ? 1 : slots.count;
}

/** Values in one row of inputs: the samples, and the end of the gate where there is one. */
export function inputsOfTiming({ samples, slots }: EarTiming): number {
  return samples + (slots === "gated" ? 1 : 0);
}

/** 1 / Q of a code from 0 to 1: from a quality factor of 20 down to 1. */
export function dampingOf(code: number): number {
  return 0.05 + 0.95 * code;
}

/**
 * What an ear's potentiometers are at before training [3 K]: the frequencies, then the damping, then the gains, each a share of its own
 * range and on one of its positions.
 */
export function startCodes({ channels }: EarDesign): Float32Array {
  const onPosition = (code: number): number => Math.round(code * CODES.steps) / CODES.steps;
  return Float32Array.from([
    ...channels.map(({ startHertz, fullHertz }) => onPosition(startHertz / fullHertz)),
    ...channels.map(({ startQuality }) => onPosition((1 / startQuality - 0.05) / 0.95)),
    ...channels.map(() => 0.5),
  ]);
}

/** Ranges of the frequencies: R C of 158 kΩ, 63.4 kΩ or 31.6 kΩ with 1 nF. */
function fullHertzOf(hertz: number): number {
  if (hertz < 500) return 1000;
  return hertz < 1250 ? 2500 : 5000;
}

function channelsOf(hertz: readonly number[], quality: readonly number[], gains: readonly number[]): EarChannel[] {
  return hertz.map((startHertz, k) => ({
    startHertz,
    startQuality: quality[k] as number,
    fullHertz: fullHertzOf(startHertz),
    fullGain: 2 * (gains[k] as number),
  }));
}

/**
 * Twelve channels from 250 to 3800 Hz, as far apart on the scale of equivalent rectangular bandwidths (Glasberg & Moore, Hear. Res. 47,
 * 103, 1990) as each is wide; gains for a mean envelope of 1 V.
 */
export function ear12(timing: EarTiming = earTimings.slots): EarDesign {
  const channels = channelsOf(
    [250, 352, 476, 627, 810, 1032, 1301, 1628, 2025, 2506, 3091, 3800],
    [2, 2.6, 2.9, 3.1, 3.3, 3.5, 3.6, 3.8, 3.8, 3.9, 4, 4.5],
    [4.6, 3.2, 2.4, 2.9, 4.1, 6, 8.8, 10.7, 13.2, 15.7, 20.8, 35.2],
  );
  return { name: "ear-12", channels, timing };
}

/** The same band in eight channels. */
export function ear8(timing: EarTiming = earTimings.slots): EarDesign {
  const channels = channelsOf(
    [250, 420, 651, 964, 1388, 1963, 2743, 3800],
    [1.5, 1.7, 2, 2.2, 2.3, 2.4, 2.5, 3],
    [3.3, 2.3, 3.1, 5.6, 9.7, 10.4, 10.3, 19.7],
  );
  return { name: "ear-8", channels, timing };
}
