import { type Batch, createBatch } from "@ohmwork/core";

/** Labelled measurements: `features` [rows, features] in the units of the source, `labels` [rows] as indices into `classes`. */
export type Dataset = {
  readonly name: string;
  /** Where the numbers come from, for people. */
  readonly source: string;
  readonly featureNames: readonly string[];
  readonly features: Batch;
  readonly classes: readonly string[];
  readonly labels: Uint32Array;
};

/**
 * A data set whose parts agree.
 *
 * @throws RangeError when names, features and labels differ in number or a label names no class
 */
export function createDataset(parts: Omit<Dataset, "features"> & { readonly features: Float32Array }): Dataset {
  const { featureNames, classes, labels } = parts;
  const features = createBatch(parts.features, [labels.length, featureNames.length]);
  for (const [row, label] of labels.entries()) {
    if (label >= classes.length) throw new RangeError(`Label ${label} of row ${row} is not one of ${classes.length} classes`);
  }
  return { ...parts, features };
}
