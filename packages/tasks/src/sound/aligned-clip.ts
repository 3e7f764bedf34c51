import { findEndpoints } from "./endpoints.ts";

/** How a clip is laid into a row of fixed length: so many samples before the onset, so many in all, at 16 kHz. */
export type ClipLayout = {
  readonly leadSamples: number;
  readonly samples: number;
  /** The row ends with one number more: the time from the onset to the end of the sound [s]. */
  readonly gate: boolean;
};

/** What three slots of 80 ms from 30 ms after the onset need, and what one slot over the whole sound does. */
export const clipLayouts: Readonly<Record<"slots" | "gated", ClipLayout>> = {
  slots: { leadSamples: 800, samples: 5120, gate: false },
  gated: { leadSamples: 800, samples: 10_240, gate: true },
};

/** Samples a second of every row. */
export const CLIP_RATE = 16_000;
/** Largest magnitude of a sample behind the gain control [V]. */
export const LOUDEST_VOLTS = 10;

/**
 * A clip at 16 kHz as the circuit behind the gain control hears it [V]: its loudest frame of 20 ms has 1 V RMS, its onset stands at one
 * place, and what is missing before or after is silence. The gain is found from the whole clip, which live sound does not give.
 *
 * @returns nothing for a clip in which nothing is heard
 */
export function alignedClip(samples: Float32Array, layout: ClipLayout): Float32Array | undefined {
  const found = findEndpoints(samples, { rate: CLIP_RATE });
  if (found === undefined) return undefined;
  const row = new Float32Array(layout.samples + (layout.gate ? 1 : 0));
  const from = found.onset - layout.leadSamples;
  const [first, last] = [Math.max(0, -from), Math.min(layout.samples, samples.length - from)];
  for (let i = first; i < last; i += 1) {
    const volts = (samples[from + i] as number) / found.level;
    row[i] = Math.min(LOUDEST_VOLTS, Math.max(-LOUDEST_VOLTS, volts));
  }
  if (layout.gate) row[layout.samples] = Math.min(found.end - found.onset, layout.samples - layout.leadSamples) / CLIP_RATE;
  return row;
}
