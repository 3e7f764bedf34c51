import { rowOf, rowsOf } from "@ohmwork/core";
import type { Classifier, LabelledRows } from "./labelled-rows.ts";

/** Answers with the class whose mean is nearest in raw units, the first of equals. */
export function nearestClassMean({ features, labels, classes }: LabelledRows): Classifier {
  const { width } = rowsOf(features);
  const means = Array.from({ length: classes }, () => new Float64Array(width));
  const counts = new Uint32Array(classes);
  for (const [row, label] of labels.entries()) {
    const mean = means[label] as Float64Array;
    const count = (counts[label] as number) + 1;
    counts[label] = count;
    for (const [i, value] of rowOf(features, row).entries())
      mean[i] = (mean[i] as number) + (value - (mean[i] as number)) / count;
  }
  return (batch) =>
    Uint32Array.from({ length: rowsOf(batch).count }, (_, row) => {
      const values = rowOf(batch, row);
      const distances = means.map((mean, label) =>
        counts[label] === 0 ? Infinity : mean.reduce((sum, centre, i) => sum + ((values[i] as number) - centre) ** 2, 0),
      );
      return distances.indexOf(Math.min(...distances));
    });
}
