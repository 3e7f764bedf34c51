import { type Batch, createBatch, createRandom, rowsOf, takeRows } from "@ohmwork/core";
import type { LabelledBatch, SplitDataset } from "../labelled-batch.ts";
import { type FeatureRange, percentileRanges, scaleToRanges } from "./percentile-scale.ts";
import { petersonBarney } from "./peterson-barney.ts";
import type { SpokenDataset } from "./spoken-dataset.ts";

/** The seven vowels, in Hillenbrand's names, that a twelve-number vowel task of optical networks tells apart. */
export const sevenVowels: readonly string[] = ["ae", "ah", "aw", "er", "ih", "iy", "uw"];

export type VowelOptions = {
  /** Decides who is learnt from. */
  readonly seed: number;
  /** Measured vowels. @default Peterson and Barney's */
  readonly dataset?: SpokenDataset;
  /** Vowels to tell apart. @default every one of the data set */
  readonly vowels?: readonly string[];
  /** Numbers of each vowel. @default every one but the pitch f0 */
  readonly numbers?: readonly string[];
  /** Speakers to test on. @default a quarter: 23 of Hillenbrand's 93 adults, 19 of Peterson and Barney's 76 speakers */
  readonly testSpeakers?: number;
  /** Speakers to choose by, of those not tested on. @default a fifth of them */
  readonly validationSpeakers?: number;
};

/** Vowels of people, no one of whom is in two parts. */
export type VowelDataset = SplitDataset & {
  readonly numbers: readonly string[];
  /** What 0 and 1 of each number stand for [Hz]. */
  readonly ranges: readonly FeatureRange[];
  readonly speakers: Readonly<Record<"train" | "validation" | "test", readonly string[]>>;
};

/**
 * To tell vowels apart by their formants: numbers [rows, numbers], each from 0 at the 1st to 1 at the 99th percentile of the
 * speakers learnt from, beyond them held at 0 and 1. The seed decides who is tested on; `validationSpeakers` does not change it.
 *
 * @throws RangeError when the data set has no such vowel or number, or too few speakers
 */
export function vowelFormants(options: VowelOptions): VowelDataset {
  const { dataset = petersonBarney() } = options;
  const vowels = options.vowels ?? dataset.classes;
  const numbers = options.numbers ?? dataset.featureNames.filter((name) => name.toLowerCase() !== "f0");
  const classIndex = indexOfEach(vowels, dataset.classes, "vowel");
  const columns = indexOfEach(numbers, dataset.featureNames, "number");
  const speakers = splitSpeakers([...new Set(dataset.speakers)], options);

  const rowsBy = (part: readonly string[]): Uint32Array => {
    const chosen = new Set(part);
    return Uint32Array.from(
      [...dataset.speakers.keys()].filter(
        (row) => chosen.has(dataset.speakers[row] as string) && classIndex.includes(dataset.labels[row] as number),
      ),
    );
  };
  const trainRows = rowsBy(speakers.train);
  const features = takeColumns(dataset.features, columns);
  const ranges = percentileRanges(features, trainRows);
  const partOf = (rows: Uint32Array): LabelledBatch => ({
    inputs: scaleToRanges(takeRows(features, rows), ranges),
    labels: rows.map((row) => classIndex.indexOf(dataset.labels[row] as number)),
  });
  return {
    name: dataset.name,
    source: dataset.source,
    classes: vowels,
    numbers,
    ranges,
    speakers,
    train: partOf(trainRows),
    validation: partOf(rowsBy(speakers.validation)),
    test: partOf(rowsBy(speakers.test)),
  };
}

function splitSpeakers(all: readonly string[], options: VowelOptions): VowelDataset["speakers"] {
  const { seed, testSpeakers = Math.round(all.length / 4) } = options;
  const rest = all.length - testSpeakers;
  const { validationSpeakers = Math.round(rest / 5) } = options;
  const counts = { testSpeakers, validationSpeakers };
  for (const [what, count] of Object.entries(counts)) {
    if (!(Number.isInteger(count) && count >= 0)) throw new RangeError(`${what} must be a whole number of 0 or more: ${count}`);
  }
  if (testSpeakers + validationSpeakers >= all.length) {
    throw new RangeError(
      `Of ${all.length} speakers ${testSpeakers} and ${validationSpeakers} are set aside: expected one or more left`,
    );
  }
  const order = Array.from(createRandom(seed, "speakers").permutation(all.length), (i) => all[i] as string);
  return {
    test: order.slice(0, testSpeakers),
    validation: order.slice(testSpeakers, testSpeakers + validationSpeakers),
    train: order.slice(testSpeakers + validationSpeakers),
  };
}

function indexOfEach(wanted: readonly string[], known: readonly string[], what: string): number[] {
  return wanted.map((name) => {
    const index = known.indexOf(name);
    if (index < 0) throw new RangeError(`Unknown ${what} "${name}", expected one of ${known.join(", ")}`);
    return index;
  });
}

function takeColumns(features: Batch, columns: readonly number[]): Batch {
  const { count, width } = rowsOf(features);
  const data = new Float32Array(count * columns.length);
  for (let row = 0; row < count; row += 1) {
    for (const [i, column] of columns.entries()) data[row * columns.length + i] = features.data[row * width + column] as number;
  }
  return createBatch(data, [count, columns.length]);
}
