import {
  type Batch,
  createRandom,
  type LearnProgress,
  type Random,
  rowsOf,
  type SelfLearningSystem,
  takeRows,
} from "@ohmwork/core";

/** Inputs and labels, row by row [V]; a NaN label is not clamped. */
export type Lesson = { readonly inputs: Batch; readonly labels: Batch };

export type TeachOptions = {
  /** Presentations of one row each. */
  readonly steps: number;
  /** Seed of the order in which rows are shown: shuffled anew at every pass. */
  readonly seed: number;
  /** Presentations between two reports. @default 500 */
  readonly reportEvery?: number;
  readonly signal?: AbortSignal;
};

/** Shows a lesson to a system that learns where it stands, in a new random order at every pass, and reports how it goes. */
export async function* teach(system: SelfLearningSystem, lesson: Lesson, options: TeachOptions): AsyncGenerator<LearnProgress> {
  const { steps, seed, reportEvery = 500, signal } = options;
  for (const [name, value] of Object.entries({ steps, reportEvery })) {
    if (!Number.isInteger(value) || value < 1) throw new RangeError(`Teaching needs ${name} of 1 or more: ${value} given`);
  }
  const rows = rowsOf(lesson.inputs).count;
  if (rows === 0) throw new RangeError("A lesson must have at least one row: 0 given");
  const order = presentationOrder(rows, createRandom(seed, "order of presentation"));
  for (let shown = 0; shown < steps;) {
    const stretch = Math.min(reportEvery, steps - shown);
    const next = Uint32Array.from({ length: stretch }, () => order.next().value);
    const learnOptions = { steps: stretch, reportEvery: stretch, ...(signal === undefined ? {} : { signal }) };
    for await (const progress of system.learn(takeRows(lesson.inputs, next), takeRows(lesson.labels, next), learnOptions)) {
      yield { ...progress, step: shown + progress.step };
    }
    shown += stretch;
  }
}

/** Rows without end: pass after pass, each whole and in an order of its own, whatever is reported in between. */
function* presentationOrder(rows: number, random: Random): Generator<number, never> {
  for (;;) yield* random.permutation(rows);
}
