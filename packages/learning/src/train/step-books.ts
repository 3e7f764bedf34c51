import { rightAnswers } from "./right-answers.ts";
import { TrainingError } from "./training-error.ts";
import { counted, type TrainingState } from "./training-state.ts";
import type { StepResult } from "./training-step.ts";

/** Where a training stands, and what came of the steps since the last report. */
export type StepBooks = {
  readonly state: TrainingState;
  /** Sum of the losses, right answers, rows, and steps with usable numbers. */
  readonly tally: { readonly loss: number; readonly right: number; readonly rows: number; readonly steps: number };
  /** Steps in a row that had none. */
  readonly skipped: number;
};

/** One step as it was taken: what it gave, the labels of its rows, and what it took of the devices. */
export type TakenStep = {
  readonly result: StepResult;
  readonly labels: ArrayLike<number>;
  readonly evaluations: number;
  readonly retries: number;
};

/** So many steps in a row without a usable number, and the training stops. */
const LONGEST_SKIP = 20;

export const noTally: StepBooks["tally"] = { loss: 0, right: 0, rows: 0, steps: 0 };

/** Whether loss and gradient are numbers. */
export function isUsable({ loss, norm }: StepResult): boolean {
  return Number.isFinite(loss) && Number.isFinite(norm);
}

/**
 * Enters a step: its parameters where loss and gradient are numbers, else only that it was left out.
 *
 * @throws TrainingError when it is the twentieth in a row that is left out
 */
export function enterStep({ state, tally, skipped }: StepBooks, { result, labels, evaluations, retries }: TakenStep): StepBooks {
  const usable = isUsable(result);
  if (!usable && skipped + 1 >= LONGEST_SKIP) {
    throw new TrainingError(
      `Training stopped: ${LONGEST_SKIP} steps in a row gave no finite loss and gradient, the last at step ${state.step + 1}`,
      { step: state.step },
    );
  }
  const counts = counted(state.counts, {
    deviceEvaluations: evaluations,
    retriedCalls: retries,
    skippedSteps: usable ? 0 : 1,
  });
  const after = { ...state, batch: state.batch + 1, step: state.step + 1, counts };
  if (!usable) return { state: after, tally, skipped: skipped + 1 };
  const { parameters, slots } = result;
  return {
    state: { ...after, parameters, slots },
    tally: {
      loss: tally.loss + result.loss,
      right: tally.right + rightAnswers(result.scores, labels),
      rows: tally.rows + labels.length,
      steps: tally.steps + 1,
    },
    skipped: 0,
  };
}
