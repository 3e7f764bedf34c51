import { type Batch, createRandom, type LearnProgress, rowsOf, type SelfLearningSystem, takeRows } from "@ohmwork/core";

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
  const random = createRandom(seed, "order of presentation");
  const rows = rowsOf(lesson.inputs).count;
  if (rows === 0) throw new RangeError("A lesson must have at least one row: 0 given");
  let shown = 0;
  while (shown < steps) {
    const stretch = Math.min(reportEvery, steps - shown);
    const order = presentationOrder(rows, stretch, random);
    const learnOptions = { steps: stretch, reportEvery: stretch, ...(signal === undefined ? {} : { signal }) };
    const stretchOf = { inputs: takeRows(lesson.inputs, order), labels: takeRows(lesson.labels, order) };
    for await (const progress of system.learn(stretchOf.inputs, stretchOf.labels, learnOptions)) {
      yield { ...progress, step: shown + progress.step };
    }
    shown += stretch;
  }
}

/** Whole passes over the rows, each in its own order, cut to the wanted length. */
function presentationOrder(rows: number, length: number, random: ReturnType<typeof createRandom>): Uint32Array {
  const order = new Uint32Array(length);
  for (let start = 0; start < length; start += rows) order.set(random.permutation(rows).subarray(0, length - start), start);
  return order;
}
