import type { ReferenceShgKernel } from "./shg-kernel.ts";
import type { ShgOptics } from "./shg-optics.ts";
import { fieldOf, intensity, setPixels } from "./shg-pulse.ts";
import { firstOutput, type ShgSetup } from "./shg-setup.ts";

/** Spectra of bands that lie side by side: all products of all pixels, each pair taken once and counted twice. */
export function createAutoconvolution(setup: ShgSetup, optics: ShgOptics): ReferenceShgKernel {
  const { inputBins, outputBins } = setup;
  const pixels = inputBins + setup.trainableBins;
  const first = firstOutput(setup);
  const amplitudes = new Float64Array(pixels);
  const re = new Float64Array(pixels);
  const im = new Float64Array(pixels);
  const program = (drives: Float32Array): void => setPixels(setup, optics, drives, inputBins, amplitudes);
  program(new Float32Array(setup.trainableBins));
  return {
    program,
    run: (drives, rows, pulse) => {
      const spectra = new Float32Array(rows * outputBins);
      for (let row = 0; row < rows; row += 1) {
        setPixels(setup, optics, drives.subarray(row * inputBins, (row + 1) * inputBins), 0, amplitudes);
        fieldOf(optics, amplitudes, re, im);
        for (let bin = 0; bin < outputBins; bin += 1) {
          const sum = first + bin;
          let real = 0;
          let imaginary = 0;
          let p = Math.max(0, sum - pixels + 1);
          let q = sum - p;
          for (; p < q; p += 1, q -= 1) {
            real += (re[p] as number) * (re[q] as number) - (im[p] as number) * (im[q] as number);
            imaginary += (re[p] as number) * (im[q] as number) + (im[p] as number) * (re[q] as number);
          }
          real *= 2;
          imaginary *= 2;
          if (p === q) {
            real += (re[p] as number) ** 2 - (im[p] as number) ** 2;
            imaginary += 2 * (re[p] as number) * (im[p] as number);
          }
          spectra[row * outputBins + bin] = intensity(optics, bin, real, imaginary, pulse);
        }
      }
      return spectra;
    },
  };
}
