import type { Batch } from "@ohmwork/core";

/** Rows to learn from: features [rows, features] in raw units, a class index for each, and how many classes there are. */
export type LabelledRows = { readonly features: Batch; readonly labels: Uint32Array; readonly classes: number };

/** Answers with a class index for each row of features. */
export type Classifier = (features: Batch) => Uint32Array;
