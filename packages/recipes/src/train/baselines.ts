import { adam, type GraphRuntime } from "@ohmwork/autograd";
import { answers, planNetwork, rightAnswers, train, trainingRules } from "@ohmwork/learning";
import { accuracy, batches, logisticRegression } from "@ohmwork/tasks";
import { FEW_ROWS } from "./train-recipe.ts";
import type { TrainingTask } from "./training-task.ts";

/**
 * What the test rows are told apart by without any physics: the most frequent class, and a linear classifier of the same
 * inputs. Of few rows that is logistic regression, run to its end; of many, softmax regression by ten epochs of Adam.
 */
export async function physicsFreeBaselines(
  task: TrainingTask,
  { runtime, seed }: { readonly runtime: GraphRuntime; readonly seed: number },
): Promise<Readonly<Record<string, number>>> {
  return { majorityClass: majority(task), linearClassifier: await linear(task, runtime, seed) };
}

function majority({ train: rows, test, classes }: TrainingTask): number {
  const counts = new Uint32Array(classes.length);
  for (const label of rows.labels) counts[label] = (counts[label] as number) + 1;
  const answer = counts.indexOf(Math.max(...counts));
  return test.labels.filter((label) => label === answer).length / test.labels.length;
}

async function linear(task: TrainingTask, runtime: GraphRuntime, seed: number): Promise<number> {
  const { train: rows, test, classes, inputs } = task;
  if (rows.labels.length < FEW_ROWS) {
    const classify = logisticRegression({ features: rows.inputs, labels: rows.labels, classes: classes.length });
    return accuracy(classify(test.inputs), test.labels);
  }
  const plan = planNetwork({ inputs, layers: [{ kind: "linear", outputs: classes.length }] }, {});
  const options = { epochs: 10, batch: 128, rate: 0.01, optimiser: adam() };
  const full = Math.floor(rows.labels.length / options.batch);
  const parts = {
    plan,
    runtime,
    devices: {},
    batches: (epoch: number) => [...batches(rows, { size: options.batch, seed, epoch })].slice(0, full),
    batchesPerEpoch: full,
    examples: rows,
  };
  const training = train(parts, trainingRules.digital, options, { seed, reportEvery: full });
  let next = await training.next();
  while (next.done !== true) next = await training.next();
  const scores = await answers(parts, next.value.parameters, test.inputs, { through: "twin" });
  return rightAnswers(scores, test.labels) / test.labels.length;
}
