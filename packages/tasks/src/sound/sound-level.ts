/** How loud a stretch of sound is; 1 is full scale. */
export type SoundLevel = {
  /** Largest magnitude. */
  readonly peak: number;
  /** Root of the mean square about the mean: a constant offset of the converter is no sound. */
  readonly rms: number;
  /** `rms` in decibels of full scale [dBFS]; −∞ for none. */
  readonly rmsDecibels: number;
  /** Samples at full scale, where the converter could not follow. */
  readonly clipped: number;
};

/** Magnitude from which a sample counts as clipped: the last code of 12 bits, so that a resampler's ripple hides nothing. */
const fullScale = 1 - 2 ** -11;

/** Level of samples of full scale 1; of none, silence. */
export function soundLevel(samples: Float32Array): SoundLevel {
  let peak = 0;
  let sum = 0;
  let squares = 0;
  let clipped = 0;
  for (let i = 0; i < samples.length; i += 1) {
    const value = samples[i] as number;
    const magnitude = Math.abs(value);
    if (magnitude > peak) peak = magnitude;
    if (magnitude >= fullScale) clipped += 1;
    sum += value;
    squares += value * value;
  }
  const mean = samples.length === 0 ? 0 : sum / samples.length;
  const rms = samples.length === 0 ? 0 : Math.sqrt(Math.max(0, squares / samples.length - mean * mean));
  return { peak, rms, rmsDecibels: 20 * Math.log10(rms), clipped };
}
