import { setImmediate as breathe } from "node:timers/promises";
import { type Batch, type Clock, type LearnProgress, rowOf, rowsOf, type Seconds } from "@ohmwork/core";
import { measureRows, teach } from "@ohmwork/learning";
import type { Progress } from "@ohmwork/wire";
import type { LearningDevice } from "./device.ts";
import type { MeasuredSample } from "./outbox.ts";
import { eachInTurn, type Turns } from "./turns.ts";

export type LearnResult = {
  readonly boot: string;
  /** Presentations it took. */
  readonly steps: number;
  readonly error: number;
  /** The task's score on its test rows, measured after learning. */
  readonly score: number;
  /** Mean over the test rows, where the system measures its power. */
  readonly powerWatts?: number;
};

export type LearnInPlaceOptions = {
  readonly device: LearningDevice;
  readonly boot: string;
  readonly clock: Clock;
  readonly progressSeconds: Seconds;
  readonly isClockSynchronised: () => boolean;
  readonly inTurn: Turns;
  /** Every report of the system, as it comes. */
  readonly onLearn: (progress: LearnProgress) => void;
  readonly onReport: (progress: Progress) => void;
  readonly onSamples: (samples: readonly MeasuredSample[]) => void;
  /** Learning is over, and nothing was measured after it yet. */
  readonly onLearned: () => Promise<void>;
  readonly signal?: AbortSignal;
};

/**
 * Learns the task once. Reports and gives a sample each time `progressSeconds` have passed, and every test row at the end.
 *
 * @throws AbortedError when the signal fires
 */
export async function learnInPlace(options: LearnInPlaceOptions): Promise<LearnResult> {
  const { device, boot, clock, progressSeconds, inTurn, signal } = options;
  const { system, task, steps, seed, reportEvery, goodEnough } = device;
  const testRows = rowsOf(task.test.inputs).count;
  let sampledRow = 0;

  /** One test row as it was measured. */
  const sampleOf = (stages: Readonly<Record<string, Batch>>, revision: number, row: number): MeasuredSample => ({
    at: Math.floor(clock.now()),
    clockSynchronised: options.isClockSynchronised(),
    task: task.name,
    revision,
    inputs: rowOf(task.test.inputs, row),
    measured: Object.fromEntries(Object.entries(stages).map(([name, batch]) => [name, rowOf(batch, row)])),
    label: rowOf(task.test.labels, row),
  });

  /** Measures the test rows and tells how far learning came. */
  const report = async (
    progress: LearnProgress,
  ): Promise<{ reported: Progress & { score: number }; stages: Record<string, Batch>; revision: number }> => {
    const { stages, outputs, powerWatts, revision } = await inTurn(() => measureRows(system, task.test.inputs, signal));
    const reported = {
      boot,
      task: task.name,
      step: progress.step,
      steps,
      error: progress.error,
      score: task.score(outputs, task.test),
      ...(Number.isFinite(powerWatts) && { powerWatts }),
    };
    options.onReport(reported);
    return { reported, stages, revision };
  };

  let next = clock.monotonic() + progressSeconds;
  let last: LearnProgress | undefined;
  const teaching = teach(system, task.train, {
    steps,
    seed,
    ...(reportEvery !== undefined && { reportEvery }),
    ...(signal !== undefined && { signal }),
  });
  for await (const progress of eachInTurn(teaching, inTurn)) {
    last = progress;
    options.onLearn(progress);
    if (clock.monotonic() >= next && progress.step < steps) {
      const { stages, revision } = await report(progress);
      options.onSamples([sampleOf(stages, revision, sampledRow)]);
      sampledRow = (sampledRow + 1) % testRows;
      next = clock.monotonic() + progressSeconds;
    }
    await breathe(); // a system that computes gives way to the link
    if (goodEnough === undefined) continue;
    const { outputs } = await inTurn(() => measureRows(system, task.train.inputs, signal));
    if (task.score(outputs, task.train) < goodEnough) break;
  }
  await options.onLearned();
  if (last === undefined) throw new RangeError(`A device learns for at least one step: ${steps} given`);
  const { reported, stages, revision } = await report(last);
  options.onSamples(Array.from({ length: testRows }, (_, row) => sampleOf(stages, revision, row)));
  const { score, powerWatts, error } = reported;
  return { boot, steps: last.step, error, score, ...(powerWatts !== undefined && { powerWatts }) };
}
