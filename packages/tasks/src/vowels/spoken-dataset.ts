import type { Dataset } from "../dataset.ts";

/** Labelled measurements of speech, and who spoke each. */
export type SpokenDataset = Dataset & { readonly speakers: readonly string[] };
