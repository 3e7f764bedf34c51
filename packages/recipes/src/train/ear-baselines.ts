import { type Batch, createBatch, rowsOf } from "@ohmwork/core";
import { createFilterBank, type EarOptions } from "@ohmwork/systems";
import { accuracy, type LabelledBatch, logisticRegression } from "@ohmwork/tasks";
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

async function onEnvelopes(options: EarOptions, { train, test, classes }: TrainingTask): Promise<number> {
  await using bank = createFilterBank(options);
  const measure = async ({ inputs }: LabelledBatch, id: string): Promise<Batch> => {
    const { count, width } = rowsOf(inputs);
    const most = bank.traits.largestBatch;
    const parts: Batch[] = [];
    for (let at = 0; at < count; at += most) {
      const rows = Math.min(most, count - at);
      const part = createBatch(inputs.data.subarray(at * width, (at + rows) * width), [rows, width]);
      parts.push((await bank.respond(part, { id: `${id}/${at}` })).stages["envelopes"] as Batch);
    }
    const values = parts.flatMap(({ data }) => [...data]);
    return createBatch(Float32Array.from(values), [count, values.length / count]);
  };
  const features = await measure(train, "baseline train");
  const classify = logisticRegression({ features, labels: train.labels, classes: classes.length });
  return accuracy(classify(await measure(test, "baseline test")), test.labels);
}
