import { type Batch, rowOf, rowsOf } from "@ohmwork/core";
import { minimise, type Objective } from "../lbfgs.ts";
import type { Classifier, LabelledRows } from "./labelled-rows.ts";

/**
 * Multinomial logistic regression on standardised features: minimises the summed cross-entropy plus ½‖weights‖², the
 * intercepts free, as scikit-learn does at its default C = 1.
 */
export function logisticRegression(rows: LabelledRows): Classifier {
  const { classes } = rows;
  const standardise = standardisation(rows.features);
  const design = standardise(rows.features);
  const { width } = rowsOf(rows.features);
  const weights = minimise(crossEntropy(design, rows.labels, classes), new Float64Array(classes * (width + 1)));
  return (features) => {
    const logits = new Float64Array(classes);
    return Uint32Array.from(standardise(features), (row) => {
      scores(weights, row, logits);
      return logits.indexOf(Math.max(...logits));
    });
  };
}

/** Maps features to rows of zero mean and unit variance over the given ones, with a 1 for the intercept at the end. */
function standardisation(features: Batch): (features: Batch) => Float64Array[] {
  const { count, width } = rowsOf(features);
  const rows = rowList(features);
  const scales = Array.from({ length: width }, (_, i) => {
    const mean = rows.reduce((sum, row) => sum + (row[i] as number), 0) / count;
    const variance = rows.reduce((sum, row) => sum + ((row[i] as number) - mean) ** 2, 0) / count;
    return { mean, deviation: variance > 0 ? Math.sqrt(variance) : 1 };
  });
  return (batch) =>
    rowList(batch).map((row) =>
      Float64Array.from([...scales.map(({ mean, deviation }, i) => ((row[i] as number) - mean) / deviation), 1]),
    );
}

function rowList(batch: Batch): Float32Array[] {
  return Array.from({ length: rowsOf(batch).count }, (_, row) => rowOf(batch, row));
}

/** Weights are [classes, features + 1], the intercept last. */
function scores(weights: Float64Array, row: Float64Array, logits: Float64Array): void {
  for (let label = 0; label < logits.length; label += 1) {
    let sum = 0;
    for (let i = 0; i < row.length; i += 1) sum += (weights[label * row.length + i] as number) * (row[i] as number);
    logits[label] = sum;
  }
}

function crossEntropy(rows: readonly Float64Array[], labels: Uint32Array, classes: number): Objective {
  const logits = new Float64Array(classes);
  return (weights, gradient) => {
    const width = weights.length / classes;
    let loss = 0;
    for (let i = 0; i < weights.length; i += 1) {
      const penalised = i % width === width - 1 ? 0 : (weights[i] as number);
      gradient[i] = penalised;
      loss += 0.5 * penalised ** 2;
    }
    for (const [r, row] of rows.entries()) {
      const own = labels[r] as number;
      scores(weights, row, logits);
      const largest = Math.max(...logits); // keeps the exponentials finite
      let total = 0;
      for (let label = 0; label < classes; label += 1) total += Math.exp((logits[label] as number) - largest);
      loss += Math.log(total) + largest - (logits[own] as number);
      for (let label = 0; label < classes; label += 1) {
        const excess = Math.exp((logits[label] as number) - largest) / total - (label === own ? 1 : 0);
        for (let i = 0; i < width; i += 1) {
          gradient[label * width + i] = (gradient[label * width + i] as number) + excess * (row[i] as number);
        }
      }
    }
    return loss;
  };
}
