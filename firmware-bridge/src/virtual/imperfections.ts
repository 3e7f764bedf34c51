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
  /** Time constant with which a node follows a change [s]. */
  readonly settlingSeconds: number;
};

/** Parts as on the data sheets' front pages, and nothing waits. */
export const idealBench: BoardImperfections = {
  potTolerance: 0,
  wiperTolerance: 0,
  converterOffsetVolts: 0,
  converterNoiseVolts: 0,
  dacOffsetVolts: 0,
  settlingSeconds: 0,
};

/**
 * A bench of good parts: resistances 2 % apart, 1 mV of offset everywhere, a quarter of a converter step of noise, and 10 µs, the
 * 10 kΩ that `out` sees times eight terminals of about 120 pF (DS22060).
 */
export const typicalBench: BoardImperfections = {
  potTolerance: 0.02,
  wiperTolerance: 0.1,
  converterOffsetVolts: 1e-3,
  converterNoiseVolts: 3e-4,
  dacOffsetVolts: 1e-3,
  settlingSeconds: 1e-5,
};
