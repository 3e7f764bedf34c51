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
  /** The best epoch of this phase so far, where training stops early. */
  readonly best?: BestEpoch;
  /** Drift and noise of simulated devices, by name. */
  readonly devices: Readonly<Record<string, Uint8Array>>;
  readonly counts: TrainingCounts;
};

/** An epoch of a phase by its score on rows that nothing is learned from, and the parameters behind it. */
export type BestEpoch = { readonly epoch: number; readonly score: number; readonly parameters: Float32Array };

export type TrainingCounts = {
  /** Rows that went through a physical layer. */
  readonly deviceEvaluations: number;
  /** Steps left out because a measurement, the loss or the gradient was not a number. */
  readonly skippedSteps: number;
  /** Calls of a device that failed and were made again. */
  readonly retriedCalls: number;
  /** Rows outside of steps that were given no finite scores: they are left out of a fit, and are not right in a test. */
  readonly lostRows: number;
  /** Steps that were planned and not taken, since a phase stopped early. */
  readonly sparedSteps: number;
};

export const noCounts: TrainingCounts = { deviceEvaluations: 0, skippedSteps: 0, retriedCalls: 0, lostRows: 0, sparedSteps: 0 };

/** The counts with these added to them. */
export function counted(counts: TrainingCounts, more: Partial<TrainingCounts>): TrainingCounts {
  return {
    deviceEvaluations: counts.deviceEvaluations + (more.deviceEvaluations ?? 0),
    skippedSteps: counts.skippedSteps + (more.skippedSteps ?? 0),
    retriedCalls: counts.retriedCalls + (more.retriedCalls ?? 0),
    lostRows: counts.lostRows + (more.lostRows ?? 0),
    sparedSteps: counts.sparedSteps + (more.sparedSteps ?? 0),
  };
}
