import { createRandom, type Random } from "@ohmwork/core";
import { realisticShgGap, scaleShgGap, type ShgGap } from "./shg-gap.ts";
import { axis, fieldScale, type ShgSetup, sinc } from "./shg-setup.ts";

/** One bench as it stands: everything that is fixed, pixel by pixel, the input pixels first. */
export type ShgOptics = {
  /** Drive of a pixel → slope × drive + offset at its modulator [pixels]. */
  readonly slopes: Float64Array;
  readonly offsets: Float64Array;
  /** Amplitude that reaches a pixel from the one before, from itself and from the one after [pixels each]; 0 beyond a band. */
  readonly fromBefore: Float64Array;
  readonly fromItself: Float64Array;
  readonly fromAfter: Float64Array;
  /** Field of the unshaped pulse, real and imaginary [pixels]. */
  readonly real: Float64Array;
  readonly imaginary: Float64Array;
  /** Phase matching with the scale of the field [outputs], and gain and dark level of the spectrometer. */
  readonly matching: Float64Array;
  readonly gains: Float64Array;
  readonly dark: number;
};

/** The bench of a drawing with the errors of a gap; of a gap of size 0, the drawing. */
export function drawShgOptics(setup: ShgSetup, gap: ShgGap, seed: number): ShgOptics {
  const { inputBins, trainableBins, outputBins } = setup;
  const random = createRandom(seed, "optical bench");
  const { normal } = random;
  const pixels = inputBins + trainableBins;
  const sizes = setup.bands === "apart" ? [inputBins, trainableBins] : [pixels];
  const bands = sizes.map((size) => drawBand(size, setup, gap, random));
  const slopes = [1 + gap.optics * normal(), 1 + gap.optics * normal()] as const;
  const joined = (pick: (band: Band) => Float64Array): Float64Array =>
    Float64Array.from(bands.flatMap((band) => [...pick(band)]));
  const width = setup.phaseMatching * (1 + gap.optics * normal());
  const centre = gap.optics * normal();
  return {
    slopes: new Float64Array(pixels).map((_, p) => (p < inputBins ? slopes[0] : slopes[1])),
    offsets: new Float64Array(pixels).map(() => 2 * gap.optics * normal()),
    fromBefore: joined(({ fromBefore }) => fromBefore),
    fromItself: joined(({ fromItself }) => fromItself),
    fromAfter: joined(({ fromAfter }) => fromAfter),
    real: joined(({ real }) => real),
    imaginary: joined(({ imaginary }) => imaginary),
    matching: axis(outputBins).map((x) => fieldScale(setup) * sinc(width * (x - centre))),
    gains: new Float64Array(outputBins).map(() => 1 + gap.optics * normal()),
    dark: gap.optics / 10,
  };
}

/** The bench as it is drawn. */
export function drawnShgOptics(setup: ShgSetup): ShgOptics {
  return drawShgOptics(setup, scaleShgGap(realisticShgGap, 0), 0);
}

type Band = Pick<ShgOptics, "fromBefore" | "fromItself" | "fromAfter" | "real" | "imaginary">;

/** Waves of the envelope's ripple. */
const ripples = 5;

function drawBand(size: number, setup: ShgSetup, gap: ShgGap, random: Random): Band {
  const { normal, uniform } = random;
  const x = axis(size);
  const width = setup.envelopeWidth * (1 + gap.optics * normal());
  const centre = gap.optics * normal();
  const waves = Array.from({ length: ripples }, () => ({ cycles: 1 + 5 * uniform(), start: 2 * Math.PI * uniform() }));
  const orders = [normal(), 0.7 * normal(), 0.5 * normal()] as const;
  const envelope = x.map((at) => {
    const ripple = waves.reduce((sum, { cycles, start }) => sum + Math.cos(Math.PI * cycles * at + start), 0);
    return Math.exp(-(((at - centre) / width) ** 2)) * (1 + gap.optics * Math.sqrt(2 / ripples) * ripple);
  });
  const phase = x.map((at) => {
    const [second, third, fourth] = orders;
    const square = at * at;
    return gap.phase * (second * (2 * square - 1) + third * (4 * square - 3) * at + fourth * (8 * square * (square - 1) + 1));
  });
  const entry = (share: number): number => share * (1 + 0.3 * gap.crosstalk * normal());
  return {
    fromBefore: x.map((_, p) => (p === 0 ? 0 : entry(gap.crosstalk))),
    fromItself: x.map(() => entry(1 - 2 * gap.crosstalk)),
    fromAfter: x.map((_, p) => (p === size - 1 ? 0 : entry(gap.crosstalk))),
    real: x.map((_, p) => (envelope[p] as number) * Math.cos(phase[p] as number)),
    imaginary: x.map((_, p) => (envelope[p] as number) * Math.sin(phase[p] as number)),
  };
}
