import { measureRows } from "@ohmwork/learning";
import { createFilterBank, type EarOptions } from "@ohmwork/systems";
import { accuracy, logisticRegression } from "@ohmwork/tasks";
import type { TrainingTask } from "./training-task.ts";

/**
 * What the test clips are told apart by with an ear whose filters nobody trained, as accuracies: `untrainedFilters`, logistic regression on the
 * envelopes of the circuit as it is drawn, without noise; `refittedReadout`, the same on what this board measured of every training clip once.
 */
export async function earBaselines(board: EarOptions, task: TrainingTask): Promise<Readonly<Record<string, number>>> {
  return {
    untrainedFilters: await onEnvelopes({ ...board, gapScale: 0 }, task),
    refittedReadout: await onEnvelopes(board, task),
  };
}

async function onEnvelopes(board: EarOptions, { train, test, classes }: TrainingTask): Promise<number> {
  await using bank = createFilterBank(board);
  const { outputs: features } = await measureRows(bank, train.inputs);
  const classify = logisticRegression({ features, labels: train.labels, classes: classes.length });
  return accuracy(classify((await measureRows(bank, test.inputs)).outputs), test.labels);
}
