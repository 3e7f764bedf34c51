/** All that a training is at one moment: from it, it goes on to the same bits. */
export type TrainingState = {
  /** Phase of the rule, epoch of the phase, and batch of the epoch that comes next. */
  readonly phase: number;
  readonly epoch: number;
  readonly batch: number;
  /** Steps taken in this phase. */
  readonly step: number;
  readonly parameters: Float32Array;
  /** Memory of the optimiser, each [p]. */
  readonly slots: readonly Float32Array[];
  /** Affine map behind the scores, [classes × classes] then [classes], once it was refitted. */
  readonly readout?: Float32Array;
  /** Drift and noise of simulated devices, by name. */
  readonly devices: Readonly<Record<string, Uint8Array>>;
  readonly counts: TrainingCounts;
};

export type TrainingCounts = {
  /** Rows that went through a physical layer. */
  readonly deviceEvaluations: number;
  /** Steps left out because a measurement, the loss or the gradient was not a number. */
  readonly skippedSteps: number;
  /** Calls of a device that failed and were made again. */
  readonly retriedCalls: number;
};

export const noCounts: TrainingCounts = { deviceEvaluations: 0, skippedSteps: 0, retriedCalls: 0 };
