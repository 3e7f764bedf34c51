import { type GraphBuilder, tensor, type Value } from "@ohmwork/autograd";
import { EAR_RATE } from "./ear-design.ts";

/** Samples of sound that one power spectrum is taken of: 80 ms, which makes bins of 12.5 Hz. */
export const SPECTRUM_SAMPLES = 1280;
/** Bins from 12.5 Hz to 5 kHz. */
const BINS = 400;

/** The middle of each bin [Hz]. */
export function binHertz(): Float64Array {
  return Float64Array.from({ length: BINS }, (_, b) => ((b + 1) * EAR_RATE) / SPECTRUM_SAMPLES);
}

/**
 * Power in each bin [rows, bins] V² of pieces of sound [rows, 1280] V, by the discrete Fourier transform as two products: of the sound's
 * even part with cosines and of its odd part with sines, each half as long as the sound.
 */
export function powerBins(g: GraphBuilder, pieces: Value): Value {
  const [length, half] = [SPECTRUM_SAMPLES, SPECTRUM_SAMPLES / 2];
  const forward = g.slice(pieces, [1], [half + 1], [1]);
  const backward = g.slice(pieces, [length - 1], [half - 1], [1], [-1]);
  const table = (of: (angle: number) => number): Value => {
    const values = new Float32Array(half * BINS);
    for (let n = 1; n <= half; n += 1) {
      // The sample at the middle is its own mirror image, and would count twice.
      const share = n === half ? 0.5 : 1;
      for (let b = 1; b <= BINS; b += 1) values[(n - 1) * BINS + b - 1] = share * of((2 * Math.PI * ((n * b) % length)) / length);
    }
    return g.constant(tensor("float32", [half, BINS], values));
  };
  const real = g.add(g.matMul(g.add(forward, backward), table(Math.cos)), g.slice(pieces, [0], [1], [1]));
  const imaginary = g.matMul(g.sub(forward, backward), table(Math.sin));
  return g.mul(g.add(g.mul(real, real), g.mul(imaginary, imaginary)), 2 / length ** 2);
}
