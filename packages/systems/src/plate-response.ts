/** A mode as it rings: how fast, how long, how loud. */
export type RingingMode = { readonly hertz: number; readonly quality: number; readonly amplitude: number };

/** How a plate is played and heard: one sample in, one sample out. */
export type PlateSampling = {
  readonly samples: number;
  readonly sampleHertz: number;
  /** Time in which the voice coil takes all modes to 1 / e, beside their own losses [samples]. */
  readonly dampingSamples: number;
};

/**
 * What is heard of one sample's push [samples]: h[j] = Σ aₖ e^(−(ωₖ / 2 Qₖ + fs / τ) j / fs) sin(ωₖ j / fs), as damped
 * rotations of one sample each.
 */
export function impulseResponse(modes: readonly RingingMode[], sampling: PlateSampling, frequencyFactor = 1): Float64Array {
  const { samples, sampleHertz, dampingSamples } = sampling;
  const response = new Float64Array(samples);
  for (const { hertz, quality, amplitude } of modes) {
    const angle = (2 * Math.PI * hertz * frequencyFactor) / sampleHertz;
    const decay = Math.exp(-(angle / (2 * quality) + 1 / dampingSamples));
    const [cosine, sine] = [decay * Math.cos(angle), decay * Math.sin(angle)];
    let [re, im] = [amplitude, 0];
    for (let j = 0; j < samples; j += 1) {
      (response[j] as number) += im;
      [re, im] = [re * cosine - im * sine, re * sine + im * cosine];
    }
  }
  return response;
}

/** The reference: what is heard [rows × T] of what is played [rows × T] from silence, by direct convolution. */
export function convolve(played: Float32Array, response: Float64Array): Float32Array {
  const length = response.length;
  const heard = new Float32Array(played.length);
  for (let start = 0; start < played.length; start += length) {
    for (let t = 0; t < length; t += 1) {
      let sum = 0;
      for (let j = 0; j <= t; j += 1) sum += (response[j] as number) * (played[start + t - j] as number);
      heard[start + t] = sum;
    }
  }
  return heard;
}

/** The matrix [T × T] by which a row that is played is multiplied to give what is heard: T[s, t] = h[t − s]. */
export function toeplitzOf(response: Float64Array): Float32Array {
  const length = response.length;
  const taps = Float32Array.from(response);
  const matrix = new Float32Array(length * length);
  for (let s = 0; s < length; s += 1) matrix.set(taps.subarray(0, length - s), s * length + s);
  return matrix;
}
