import { LOG_CHANNELS, type LogReadings } from "@ohmwork/systems";

/** Slots of a window and readings in each: 8 × 70 ms. */
const SLOTS = 8;
const READINGS_OF_SLOT = 7;
/** Readings between two windows: 20 ms. */
const STEP = 2;
/** Share of the loudest window's energy from which a window may be the word. */
const LEAST_ENERGY = 0.25;

/** Weights of a detector, one for each slot of each channel. */
export const WORD_FEATURES: number = SLOTS * LOG_CHANNELS;
/** Length of a window [readings]. */
const WINDOW_READINGS: number = SLOTS * READINGS_OF_SLOT;

/** All places of a clip at which the word may stand. */
export type WordWindows = {
  readonly count: number;
  /** Slot means less the mean of the whole window [windows × 96]. */
  readonly features: Float32Array;
  /** Windows with enough energy, in order. */
  readonly accepted: readonly number[];
  /** The loudest of them. */
  readonly loudest: number;
};

/** @throws RangeError when the clip is shorter than a window */
export function wordWindows({ volts, power }: LogReadings): WordWindows {
  if (power.length < WINDOW_READINGS) throw new RangeError(`Clip must have ${WINDOW_READINGS} readings or more: ${power.length}`);
  const count = Math.floor((power.length - WINDOW_READINGS) / STEP) + 1;
  const features = new Float32Array(count * WORD_FEATURES);
  const energies = new Float64Array(count);
  for (let w = 0; w < count; w += 1) {
    const first = w * STEP;
    for (let i = first; i < first + WINDOW_READINGS; i += 1) energies[w] = (energies[w] as number) + (power[i] as number);
    const own = features.subarray(w * WORD_FEATURES, (w + 1) * WORD_FEATURES);
    for (let slot = 0; slot < SLOTS; slot += 1) {
      for (let r = 0; r < READINGS_OF_SLOT; r += 1) {
        const at = (first + slot * READINGS_OF_SLOT + r) * LOG_CHANNELS;
        for (let k = 0; k < LOG_CHANNELS; k += 1) {
          const to = slot * LOG_CHANNELS + k;
          own[to] = (own[to] as number) + (volts[at + k] as number) / READINGS_OF_SLOT;
        }
      }
    }
    const mean = own.reduce((sum, value) => sum + value, 0) / WORD_FEATURES;
    for (let i = 0; i < WORD_FEATURES; i += 1) own[i] = (own[i] as number) - mean;
  }
  const most = Math.max(...energies);
  const accepted = Array.from({ length: count }, (_, w) => w).filter((w) => (energies[w] as number) >= LEAST_ENERGY * most);
  return { count, features, accepted, loudest: energies.indexOf(most) };
}

/** Score of one window. */
export function windowScore(weights: ArrayLike<number>, { features }: WordWindows, window: number): number {
  const offset = window * WORD_FEATURES;
  let sum = 0;
  for (let i = 0; i < WORD_FEATURES; i += 1) sum += (weights[i] as number) * (features[offset + i] as number);
  return sum;
}

/** The window with the highest score among the given ones. */
export function bestWindow(
  weights: ArrayLike<number>,
  windows: WordWindows,
  among: readonly number[] = windows.accepted,
): number {
  let [best, most] = [among[0] as number, -Infinity];
  for (const window of among) {
    const score = windowScore(weights, windows, window);
    if (score > most) [best, most] = [window, score];
  }
  return best;
}
