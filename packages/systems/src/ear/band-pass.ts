/** y[n] = b (x[n] − x[n − 2]) − a1 y[n − 1] − a2 y[n − 2]. */
export type BandPass = { readonly b: number; readonly a1: number; readonly a2: number };

/** Highest edge that is mapped, as a share of half the rate: the mapping goes to infinity at 1. */
const HIGHEST_EDGE = 0.98;

/**
 * H(s) = (ω/Q) s / (s² + (ω/Q) s + ω²) in steps, by the bilinear transform pre-warped at the centre and at both half-power edges, so
 * that centre, gain and bandwidth are those of the circuit. Warped at the centre alone it would be half as wide again too narrow at 3.8 kHz
 * of 16 kHz. What is left are the skirts: zero at half the rate, where the circuit's is not.
 */
export function bandPass(hertz: number, quality: number, rate: number): BandPass {
  const warped = (frequency: number): number => Math.tan((Math.PI * Math.min(frequency, (HIGHEST_EDGE * rate) / 2)) / rate);
  const half = 1 / (2 * quality);
  const middle = Math.sqrt(1 + half * half);
  const width = warped(hertz * (middle + half)) - warped(hertz * (middle - half));
  const centre = warped(hertz) ** 2;
  const whole = 1 + width + centre;
  return { b: width / whole, a1: (2 * (centre - 1)) / whole, a2: (1 - width + centre) / whole };
}
