import type { ReferenceShgKernel } from "./shg-kernel.ts";
import type { ShgOptics } from "./shg-optics.ts";
import { fieldOf, intensity, setPixels } from "./shg-pulse.ts";
import { firstOutput, type ShgSetup } from "./shg-setup.ts";

/** What a pulse of two bands apart makes of its inputs once the trainable band is set. */
export interface ProductMatrix {
  /** Rows of 2 × outputs: what a pixel of full amplitude adds to the real parts of all bins, then to the imaginary parts. */
  readonly matrix: Float64Array;
  /** Sets the trainable pixels [trainableBins]. */
  readonly program: (drives: Float32Array) => void;
}

/**
 * Between bands apart the field is linear in the inputs, B_m = Σ a_p t_{m−p}: the trainable band, the crosstalk and the envelope of
 * the inputs are multiplied into one complex matrix whenever parameters are set. (The 2 of a pair's two orders is in the scale.)
 */
export function createProductMatrix(setup: ShgSetup, optics: ShgOptics): ProductMatrix {
  const { inputBins, trainableBins, outputBins } = setup;
  const first = firstOutput(setup);
  const trainable = new Float64Array(inputBins + trainableBins);
  const re = new Float64Array(trainable.length);
  const im = new Float64Array(trainable.length);
  const matrix = new Float64Array(inputBins * 2 * outputBins);
  /** Adds what the amplitude of pixel `source` does by way of the field of pixel `p`. */
  const addPixel = (source: number, p: number, share: number): void => {
    const real = share * (optics.real[p] as number);
    const imaginary = share * (optics.imaginary[p] as number);
    for (let bin = 0; bin < outputBins; bin += 1) {
      const t = first + bin - p;
      if (t < 0 || t >= trainableBins) continue;
      const a = re[inputBins + t] as number;
      const b = im[inputBins + t] as number;
      const at = source * 2 * outputBins + bin;
      matrix[at] = (matrix[at] as number) + real * a - imaginary * b;
      matrix[at + outputBins] = (matrix[at + outputBins] as number) + real * b + imaginary * a;
    }
  };
  const program = (drives: Float32Array): void => {
    setPixels(setup, optics, drives, inputBins, trainable);
    fieldOf(optics, trainable, re, im);
    matrix.fill(0);
    for (let p = 0; p < inputBins; p += 1) {
      addPixel(p, p, optics.fromItself[p] as number);
      if (p > 0) addPixel(p - 1, p, optics.fromBefore[p] as number);
      if (p + 1 < inputBins) addPixel(p + 1, p, optics.fromAfter[p] as number);
    }
  };
  program(new Float32Array(trainableBins));
  return { matrix, program };
}

/** Spectra of bands that lie apart. */
export function createProducts(setup: ShgSetup, optics: ShgOptics): ReferenceShgKernel {
  const { inputBins, outputBins } = setup;
  const { matrix, program } = createProductMatrix(setup, optics);
  const amplitudes = new Float64Array(inputBins);
  const fields = new Float64Array(2 * outputBins);
  return {
    program,
    run: (drives, rows, pulse) => {
      const spectra = new Float32Array(rows * outputBins);
      for (let row = 0; row < rows; row += 1) {
        setPixels(setup, optics, drives.subarray(row * inputBins, (row + 1) * inputBins), 0, amplitudes);
        addRows(matrix, amplitudes, fields);
        for (let bin = 0; bin < outputBins; bin += 1) {
          const real = fields[bin] as number;
          const imaginary = fields[outputBins + bin] as number;
          spectra[row * outputBins + bin] = intensity(optics, bin, real, imaginary, pulse);
        }
      }
      return spectra;
    },
  };
}

/** sums = weights × matrix, four rows at a time. */
function addRows(matrix: Float64Array, weights: Float64Array, sums: Float64Array): void {
  const width = sums.length;
  const count = weights.length;
  sums.fill(0);
  let k = 0;
  for (; k + 3 < count; k += 4) {
    const a = weights[k] as number;
    const b = weights[k + 1] as number;
    const c = weights[k + 2] as number;
    const d = weights[k + 3] as number;
    const at = k * width;
    for (let i = 0; i < width; i += 1) {
      sums[i] =
        (sums[i] as number) +
        a * (matrix[at + i] as number) +
        b * (matrix[at + width + i] as number) +
        c * (matrix[at + 2 * width + i] as number) +
        d * (matrix[at + 3 * width + i] as number);
    }
  }
  for (; k < count; k += 1) {
    const weight = weights[k] as number;
    for (let i = 0; i < width; i += 1) sums[i] = (sums[i] as number) + weight * (matrix[k * width + i] as number);
  }
}
