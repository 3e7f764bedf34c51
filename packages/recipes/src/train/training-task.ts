import { type Batch, createBatch, createRandom, type Random } from "@ohmwork/core";
import { augmentAffine, batches, cutIntoSquares, type LabelledBatch, meanPool2x2, type SplitDataset } from "@ohmwork/tasks";
import { type SoundNoise, withSoundNoise } from "./sound-noise.ts";
import type { TrainRecipe } from "./train-recipe.ts";

/** A data set as networks take it: rows of one width, and epochs of training batches that are drawn anew each time. */
export type TrainingTask = {
  readonly name: string;
  readonly classes: readonly string[];
  readonly inputs: number;
  /** As they are, not augmented. */
  readonly train: LabelledBatch;
  readonly validation: LabelledBatch;
  readonly test: LabelledBatch;
  /** Full batches of one epoch, the same for the same seed and epoch; rows that fill no batch are left to other epochs. */
  readonly batches: (epoch: number, options: { readonly size: number; readonly seed: number }) => Iterable<LabelledBatch>;
};

/** Pictures wider than this are pooled 2 × 2 after augmentation, as the networks here take 14 × 14. */
const WIDEST = 16;

/** Pictures or rows of numbers as a training task. */
export function trainingTask(
  dataset: SplitDataset,
  { augmentation, jitter, squares, soundNoise }: Pick<TrainRecipe, "augmentation" | "jitter" | "squares" | "soundNoise">,
): TrainingTask {
  const pictures = dataset.train.inputs.shape.length === 3;
  const rows = (batch: Batch): Batch => {
    if (!pictures) return flat(batch);
    if (squares !== undefined) return flat(cutIntoSquares(batch, squares));
    return flat((batch.shape[2] as number) > WIDEST ? meanPool2x2(batch) : batch);
  };
  const part = ({ inputs, labels }: LabelledBatch): LabelledBatch => ({ inputs: rows(inputs), labels });
  const train = part(dataset.train);
  return {
    name: dataset.name,
    classes: dataset.classes,
    inputs: train.inputs.shape[1] as number,
    train,
    validation: part(dataset.validation),
    test: part(dataset.test),
    *batches(epoch, { size, seed }) {
      const random = createRandom(seed, `augmentation of epoch ${epoch}`);
      for (const batch of batches(dataset.train, { size, seed, epoch })) {
        if (batch.labels.length < size) return;
        const shaken = pictures && augmentation !== undefined ? augmentAffine(batch.inputs, augmentation, random) : batch.inputs;
        const inputs = soundNoise === undefined ? rows(shaken) : noisy(rows(shaken), soundNoise, random);
        yield { inputs: jitter === undefined ? inputs : shake(inputs, jitter, random.normal), labels: batch.labels };
      }
    },
  };
}

function noisy(rows: Batch, { samples, decibels }: SoundNoise, random: Random): Batch {
  return withSoundNoise(rows, samples, decibels[random.below(decibels.length)] as number, random);
}

function flat({ data, shape }: Batch): Batch {
  const count = shape[0] as number;
  return createBatch(data, [count, count === 0 ? 0 : data.length / count]);
}

function shake({ data, shape }: Batch, deviation: number, normal: () => number): Batch {
  return createBatch(
    data.map((value) => value + deviation * normal()),
    shape,
  );
}
