import { frameLevels } from "../sound/endpoints.ts";

/** What tells one voice and one microphone from another, whatever is said. */
export const voiceFeatureNames = [
  "pitch [octaves]",
  "level [dBFS]",
  "share above 7 kHz [dB]",
  "noise floor [dB below the loudest frame]",
] as const;

/** Frames of 20 ms at 16 kHz. */
const FRAME = 320;
/** Window of the pitch: three periods of the lowest voice [samples]. */
const PITCH_WINDOW = 640;
/** Range of voices, 75 to 400 Hz [samples of a period]. */
const PERIODS = { shortest: 40, longest: 213 } as const;
/** Share of a frame's power that must come again a period later for it to be voiced. */
const VOICED = 0.5;
/** Keeps logarithms finite: below what 16 bits can hold. */
const LEAST = 1e-10;

/**
 * Pitch, level, share of power above 7 kHz and noise floor of a clip at 16 kHz [4], in the order of `voiceFeatureNames`.
 *
 * @throws RangeError when the clip is shorter than 0.1 s
 */
export function voiceFeatures(samples: Float32Array): Float64Array {
  if (samples.length < 1600) throw new RangeError(`Clip must have 1600 samples or more, 0.1 s: ${samples.length}`);
  const levels = frameLevels(samples, FRAME);
  const loudest = Math.max(...levels, LEAST);
  const quietest = levels.toSorted()[Math.floor(levels.length / 10)] as number;
  return Float64Array.of(
    Math.log2(medianPitch(samples, levels, loudest)),
    20 * Math.log10(loudest),
    10 * Math.log10(highShare(samples, levels, loudest) + 1e-7),
    20 * Math.log10((quietest + LEAST) / loudest),
  );
}

/** Median over the voiced among the loud frames [Hz]; 150 where none is voiced, which is between women and men. */
function medianPitch(samples: Float32Array, levels: Float64Array, loudest: number): number {
  const found: number[] = [];
  for (const [i, level] of levels.entries()) {
    const start = i * FRAME;
    if (level < 0.3 * loudest || start + PITCH_WINDOW + PERIODS.longest > samples.length) continue;
    const period = periodAt(samples, start);
    if (period !== undefined) found.push(16_000 / period);
  }
  return found.toSorted((a, b) => a - b)[Math.floor(found.length / 2)] ?? 150;
}

/** Period of the highest normalised correlation; the shortest of those nearly as high, or its double would be taken. */
function periodAt(samples: Float32Array, start: number): number | undefined {
  const correlations: number[] = [];
  for (let lag = PERIODS.shortest; lag <= PERIODS.longest; lag += 1) {
    let [product, own, other] = [0, LEAST, LEAST];
    for (let n = start; n < start + PITCH_WINDOW; n += 1) {
      const [a, b] = [samples[n] as number, samples[n + lag] as number];
      product += a * b;
      own += a * a;
      other += b * b;
    }
    correlations.push(product / Math.sqrt(own * other));
  }
  const most = Math.max(...correlations);
  if (most < VOICED) return undefined;
  const near = correlations.findIndex((value) => value >= 0.9 * most);
  // Climbs to the top of the peak whose flank was met first.
  let top = near;
  while ((correlations[top + 1] ?? -1) > (correlations[top] as number)) top += 1;
  return PERIODS.shortest + top;
}

/** Share of the loud frames' power above 7 kHz, by a high-pass of second order (Butterworth, bilinear, pre-warped). */
function highShare(samples: Float32Array, levels: Float64Array, loudest: number): number {
  const w = Math.tan((Math.PI * 7000) / 16_000);
  const norm = 1 / (1 + Math.SQRT2 * w + w * w);
  const [a1, a2] = [2 * (w * w - 1) * norm, (1 - Math.SQRT2 * w + w * w) * norm];
  let [x1, x2, y1, y2] = [0, 0, 0, 0];
  let [high, whole] = [0, LEAST];
  for (let n = 0; n < levels.length * FRAME; n += 1) {
    const x = samples[n] as number;
    const y = norm * (x - 2 * x1 + x2) - a1 * y1 - a2 * y2;
    [x2, x1, y2, y1] = [x1, x, y1, y];
    if ((levels[Math.floor(n / FRAME)] as number) < 0.3 * loudest) continue;
    high += y * y;
    whole += x * x;
  }
  return high / whole;
}
