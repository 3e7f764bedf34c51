import { createAutoconvolution } from "./shg-autoconvolution.ts";
import type { ShgOptics } from "./shg-optics.ts";
import { createProducts } from "./shg-products.ts";
import type { ShgSetup } from "./shg-setup.ts";

/** Second-harmonic spectra of a shaped pulse. */
export interface ShgKernel {
  /** Sets the trainable pixels [trainableBins]. */
  readonly program: (drives: Float32Array) => void;
  /**
   * Spectra [rows × outputBins] of input drives [rows × inputBins].
   *
   * @param pulse field of the pulse relative to the drawn one
   */
  readonly run: (drives: Float32Array, rows: number, pulse: number) => Float32Array | Promise<Float32Array>;
}

/** The one that needs nothing beside it. */
export interface ReferenceShgKernel extends ShgKernel {
  readonly run: (drives: Float32Array, rows: number, pulse: number) => Float32Array;
}

/**
 * Modulator, envelope and crystal: the field of the second harmonic at a sum of two frequencies is the sum of all products of
 * fields that lie that far apart, B_m = Σ A_p A_{m−p}, and a spectrometer sees |B|² (Wright et al., Nature 601, 549, 2022).
 */
export function createShgKernel(setup: ShgSetup, optics: ShgOptics): ReferenceShgKernel {
  return setup.bands === "apart" ? createProducts(setup, optics) : createAutoconvolution(setup, optics);
}
