/** How a pulse is shaped and what of its second harmonic is measured. */
export type ShgSetup = {
  /** Pixels of the modulator that carry the inputs. */
  readonly inputBins: number;
  /** Pixels that carry the parameters. */
  readonly trainableBins: number;
  /** Bins of the spectrometer. */
  readonly outputBins: number;
  /**
   * Where the two bands lie: far apart, each under its own envelope, so that the bins that are measured hold only products of
   * an input and a parameter; or side by side under one envelope, with every product in them.
   */
  readonly bands: "apart" | "adjacent";
  /** Amplitude of a pixel over its drive: 0.5 + 0.2 v between 0 and 1, or 1/(1 + exp(−v)). */
  readonly modulator: "linear" | "sigmoid";
  /** w of the laser's envelope exp(−(x/w)²), x from −1 to 1 over a band. */
  readonly envelopeWidth: number;
  /** κ of the crystal's phase matching sinc(κ x), x from −1 to 1 over the spectrometer. */
  readonly phaseMatching: number;
};

/** The form of pictures: two bands, one trainable layer of products between two digital ones. */
export const hybridShg: ShgSetup = {
  inputBins: 100,
  trainableBins: 60,
  outputBins: 100,
  bands: "apart",
  modulator: "linear",
  envelopeWidth: 1.5,
  phaseMatching: 0.4,
};

/** The form of vowels: 12 numbers on 4 pixels each beside the trainable ones, and the whole autoconvolution. */
export const vowelShg: ShgSetup = {
  inputBins: 48,
  trainableBins: 60,
  outputBins: 48,
  bands: "adjacent",
  modulator: "sigmoid",
  envelopeWidth: 0.9,
  phaseMatching: 0.5,
};

/** n positions from −1 to 1. */
export function axis(n: number): Float64Array {
  return new Float64Array(n).map((_, i) => (n === 1 ? 0 : (2 * i) / (n - 1) - 1));
}

/** sin(πx)/(πx). */
export function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}

/** What the sum of products is multiplied by before it is squared, so that spectra are of order 1. */
export function fieldScale({ bands, inputBins, trainableBins }: ShgSetup): number {
  return bands === "apart" ? 2 / Math.sqrt(trainableBins) : 4 / (inputBins + trainableBins);
}

/** The first of the sums of positions that are measured: the outputs are the middle of the second harmonic. */
export function firstOutput({ bands, inputBins, trainableBins, outputBins }: ShgSetup): number {
  const pixels = inputBins + trainableBins;
  const sums = bands === "apart" ? pixels - 1 : 2 * pixels - 1;
  return Math.floor((sums - outputBins) / 2);
}
