import type { ShgOptics } from "./shg-optics.ts";
import type { ShgSetup } from "./shg-setup.ts";

/** Amplitude that a pixel of the modulator lets through at a drive, 0 to 1. */
function modulate(setup: ShgSetup, drive: number): number {
  return setup.modulator === "linear" ? Math.min(1, Math.max(0, 0.5 + 0.2 * drive)) : 1 / (1 + Math.exp(-drive));
}

/** Sets the amplitudes of the pixels from `first` on that these drives belong to. */
export function setPixels(
  setup: ShgSetup,
  optics: ShgOptics,
  drives: Float32Array,
  first: number,
  amplitudes: Float64Array,
): void {
  const { slopes, offsets } = optics;
  for (let i = 0; i < drives.length; i += 1) {
    const p = first + i;
    amplitudes[p] = modulate(setup, (slopes[p] as number) * (drives[i] as number) + (offsets[p] as number));
  }
}

/** The complex field of every pixel, its neighbours' crosstalk included. */
export function fieldOf(optics: ShgOptics, amplitudes: Float64Array, real: Float64Array, imaginary: Float64Array): void {
  const last = amplitudes.length - 1;
  for (let p = 0; p <= last; p += 1) {
    let amplitude = (optics.fromItself[p] as number) * (amplitudes[p] as number);
    if (p > 0) amplitude += (optics.fromBefore[p] as number) * (amplitudes[p - 1] as number);
    if (p < last) amplitude += (optics.fromAfter[p] as number) * (amplitudes[p + 1] as number);
    real[p] = amplitude * (optics.real[p] as number);
    imaginary[p] = amplitude * (optics.imaginary[p] as number);
  }
}

/** Power of a bin over the square of its field, as the pulse is at the moment. */
export function sensitivity(optics: ShgOptics, bin: number, pulse: number): number {
  const field = pulse * pulse * (optics.matching[bin] as number);
  return (optics.gains[bin] as number) * field * field;
}

/** What the spectrometer makes of a field at one of its bins. */
export function intensity(optics: ShgOptics, bin: number, real: number, imaginary: number, pulse: number): number {
  return sensitivity(optics, bin, pulse) * (real * real + imaginary * imaginary) + optics.dark;
}
