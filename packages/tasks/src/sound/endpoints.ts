import { soundLevel } from "./sound-level.ts";

/** Length of the frames in which level is measured [s]. */
const FRAME_SECONDS = 0.02;
/** Share of the loudest frame's level from which a frame belongs to the sound: the threshold of the onset comparator. */
const GATE = 0.3;
/** Level below which nothing was said: 50 dB under full scale. */
const SILENCE = 10 ** (-50 / 20);

/** Where in a clip the sound is. */
export type Endpoints = {
  /** First sample of the first frame above the gate. */
  readonly onset: number;
  /** One past the last sample of the last frame above the gate. */
  readonly end: number;
  /** RMS of the loudest frame, what an automatic gain control brings to its nominal level. */
  readonly level: number;
  /** Samples at full scale between onset and end: what was said there is not what was recorded. */
  readonly clipped: number;
};

/** Samples of a stretch of time, at least one. */
function samplesIn(seconds: number, rate: number): number {
  if (!(rate > 0 && Number.isFinite(rate))) throw new RangeError(`Rate must be a positive number of samples a second: ${rate}`);
  return Math.max(1, Math.round(seconds * rate));
}

/**
 * RMS of each whole frame, the frames one after the other from the first sample.
 *
 * @param frame length of a frame [samples]
 */
export function frameLevels(samples: Float32Array, frame: number): Float64Array {
  return Float64Array.from(
    { length: Math.floor(samples.length / frame) },
    (_, i) => soundLevel(samples.subarray(i * frame, (i + 1) * frame)).rms,
  );
}

/**
 * The sound in a clip that is known as a whole: from the first to the last frame of 20 ms above 0.3 of the loudest. It looks ahead:
 * the level that the gate is a share of is that of the whole clip, which a circuit knows only after the clip.
 *
 * @param options.rate samples a second
 * @param options.gate share of the loudest frame's level. @default 0.3
 * @param options.silence level of the loudest frame below which there is no sound. @default -50 dBFS
 * @param options.leastSeconds shortest sound that is one. @default 0.04
 * @returns nothing where there is no sound
 */
export function findEndpoints(
  samples: Float32Array,
  options: { readonly rate: number; readonly gate?: number; readonly silence?: number; readonly leastSeconds?: number },
): Endpoints | undefined {
  const { rate, gate = GATE, silence = SILENCE, leastSeconds = 0.04 } = options;
  const frame = samplesIn(FRAME_SECONDS, rate);
  const levels = frameLevels(samples, frame);
  const level = levels.reduce((most, value) => Math.max(most, value), 0);
  if (level < silence || level === 0) return undefined;
  const isAbove = (value: number): boolean => value >= gate * level;
  const onset = levels.findIndex(isAbove) * frame;
  const end = (levels.findLastIndex(isAbove) + 1) * frame;
  if (end - onset < samplesIn(leastSeconds, rate)) return undefined;
  return { onset, end, level, clipped: soundLevel(samples.subarray(onset, end)).clipped };
}

/** How a sound is cut into slots: either its whole length once, or stretches of one length from a delay after the onset. */
export type SlotTiming = { readonly count: number; readonly seconds: number; readonly delaySeconds: number };

/** Three slots of 80 ms from 30 ms after the onset. */
export const threeSlots: SlotTiming = { count: 3, seconds: 0.08, delaySeconds: 0.03 };

/**
 * First and one past the last sample of each slot, in order. Slots may reach beyond the end of the sound and of the clip: a circuit waits
 * for them, and hears what is there.
 *
 * @param timing one slot from onset to end where it is left out
 */
export function slotsOf(
  { onset, end }: Pick<Endpoints, "onset" | "end">,
  rate: number,
  timing?: SlotTiming,
): { readonly start: number; readonly end: number }[] {
  if (timing === undefined) return [{ start: onset, end }];
  const first = onset + Math.round(timing.delaySeconds * rate);
  const length = samplesIn(timing.seconds, rate);
  return Array.from({ length: timing.count }, (_, i) => ({ start: first + i * length, end: first + (i + 1) * length }));
}
