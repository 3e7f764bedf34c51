import { rowsOf } from "@ohmwork/core";
import type { Classifier, LabelledRows } from "./labelled-rows.ts";

/** Answers every row with the class met most often, the first of equals. */
export function majorityClass({ labels, classes }: LabelledRows): Classifier {
  const counts = new Uint32Array(classes);
  for (const label of labels) counts[label] = (counts[label] as number) + 1;
  const answer = counts.indexOf(Math.max(...counts));
  return (features) => new Uint32Array(rowsOf(features).count).fill(answer);
}
