/** What the parts of a real bench do that ideal ones do not. Drawn once from the seed, except for noise. */
export type BoardImperfections = {
  /** Relative standard deviation of the end-to-end resistance of each potentiometer. */
  readonly potTolerance: number;
  /** Relative standard deviation of the wiper resistance of each potentiometer. */
  readonly wiperTolerance: number;
  /** Offset of each converter channel, standard deviation [V]. */
  readonly converterOffsetVolts: number;
  /** Noise of each conversion, standard deviation [V]. */
  readonly converterNoiseVolts: number;
  /** Offset of each DAC channel, standard deviation [V]. */
  readonly dacOffsetVolts: number;
  /**
   * Capacitance of breadboard, switch and converter pin at each node [F]; terminals of potentiometers and the converter's sampling
   * capacitor have theirs by their data sheets. 0: nodes follow at once, and sampling disturbs none.
   */
  readonly strayFarads: number;
};

/** Offsets in place of those that are drawn: of converter channels, and of DAC channels, sources before clamps [V]. */
export type BoardOffsets = { readonly converterVolts: readonly number[]; readonly dacVolts: readonly number[] };

/** Parts as on the data sheets' front pages, and nothing waits. */
export const idealBench: BoardImperfections = {
  potTolerance: 0,
  wiperTolerance: 0,
  converterOffsetVolts: 0,
  converterNoiseVolts: 0,
  dacOffsetVolts: 0,
  strayFarads: 0,
};

/**
 * A bench of good parts: resistances 2 % apart, 1 mV of offset everywhere, a quarter of a converter step of noise, and 50 pF at
 * each node, which with its terminals and the kilohms it sees settles in microseconds.
 */
export const typicalBench: BoardImperfections = {
  potTolerance: 0.02,
  wiperTolerance: 0.1,
  converterOffsetVolts: 1e-3,
  converterNoiseVolts: 3e-4,
  dacOffsetVolts: 1e-3,
  strayFarads: 50e-12,
};
