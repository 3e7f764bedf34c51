import type { DeclaredGap } from "./declared-gap.ts";
import type { PortGap } from "./port-gap.ts";

/** What an optical bench does that its drawing does not. */
export type ShgGap = {
  /** Width, centre and ripple (root mean square) of the envelopes; slope and, twice as large, pixel offsets of the modulator;
   * width and centre of the phase matching; gain and, a tenth, dark level of the spectrometer. */
  readonly optics: number;
  /** Spectral phase of each band [rad]: times a normal number of second, 0.7 of third and 0.5 of fourth Chebyshev order. */
  readonly phase: number;
  /** Of a pixel's amplitude into each neighbour. */
  readonly crosstalk: number;
  /** Relative amplitude of the slow change of the pulse's field. */
  readonly drift: number;
  readonly driftPeriodCalls: number;
  /** Noise of the spectrometer, of the mean spectrum at half drive. */
  readonly spectrumNoise: number;
  readonly ports: Partial<PortGap>;
};

/** What results of the hybrid form are quoted with. Noise of 0.01 of the amplitude is 0.05 of the drive. */
export const realisticShgGap: ShgGap = {
  optics: 0.07,
  phase: 0.4,
  crosstalk: 0.04,
  drift: 0.02,
  driftPeriodCalls: 3000,
  spectrumNoise: 0.02,
  ports: { inputNoise: 0.05 },
};

/** The same for vowels, whose passes do not bear as much. The sigmoid's slope at its middle is 0.25: 0.01 of the amplitude is 0.04 of the drive. */
export const realisticVowelShgGap: ShgGap = { ...realisticShgGap, phase: 0.3, crosstalk: 0.03, ports: { inputNoise: 0.04 } };

/** The same gap `factor` times as large, ports aside. */
export function scaleShgGap(gap: ShgGap, factor: number): ShgGap {
  const { optics, phase, crosstalk, drift, spectrumNoise } = gap;
  return {
    ...gap,
    optics: optics * factor,
    phase: phase * factor,
    crosstalk: crosstalk * factor,
    drift: drift * factor,
    spectrumNoise: spectrumNoise * factor,
  };
}

export function declareShgGap(gap: ShgGap): DeclaredGap {
  const { optics, phase, crosstalk, drift, driftPeriodCalls } = gap;
  return [
    { name: "slope of the modulator", where: "structure", size: optics, unit: "", kind: "error" },
    { name: "drive of each pixel", where: "structure", size: 2 * optics, unit: "", kind: "offset" },
    { name: "crosstalk of neighbouring pixels", where: "structure", size: crosstalk, unit: "", kind: "structure" },
    { name: "width, centre and ripple of the envelope", where: "structure", size: optics, unit: "", kind: "error" },
    { name: "spectral phase", where: "structure", size: phase, unit: "rad", kind: "structure" },
    { name: "width and centre of the phase matching", where: "structure", size: optics, unit: "", kind: "error" },
    { name: "gain of each spectrometer bin", where: "structure", size: optics, unit: "", kind: "error" },
    { name: "dark level of the spectrometer", where: "structure", size: optics / 10, unit: "", kind: "offset" },
    { name: `field of the pulse over ${driftPeriodCalls} calls`, where: "structure", size: drift, unit: "", kind: "drift" },
  ];
}
