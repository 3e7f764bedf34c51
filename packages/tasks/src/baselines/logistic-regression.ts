import { type Batch, rowsOf } from "@ohmwork/core";
import { minimise, type Objective } from "../lbfgs.ts";
import type { Classifier, LabelledRows } from "./labelled-rows.ts";

/**
 * Multinomial logistic regression on standardised features, the plain linear classifier: minimises the summed cross-entropy plus
 * ½ `penalty` ‖weights‖², the intercepts free, as scikit-learn does with C = 1 / `penalty`. Deterministic; run until no entry of
 * the gradient of the mean over the rows exceeds 10⁻⁶. Features may have more than one axis.
 *
 * @param options.penalty strength of the L2 penalty. @default 1
 */
export function logisticRegression(rows: LabelledRows, options: { readonly penalty?: number } = {}): Classifier {
  const { classes } = rows;
  const standardise = standardisation(rows.features);
  const design = standardise(rows.features);
  const width = rowsOf(rows.features).width + 1;
  const objective = meanCrossEntropy(design, rows.labels, { classes, penalty: options.penalty ?? 1 });
  const weights = minimise(objective, new Float64Array(classes * width), { maxSteps: 10_000 });
  return (features) => {
    const logits = new Float64Array(classes);
    const points = standardise(features);
    return Uint32Array.from({ length: rowsOf(features).count }, (_, row) => {
      scores(weights, points, row * width, logits);
      return logits.indexOf(Math.max(...logits));
    });
  };
}

/** Maps features to [rows, features + 1] of zero mean and unit variance over the given ones, with a 1 for the intercept at the end. */
function standardisation(features: Batch): (features: Batch) => Float64Array {
  const { count, width } = rowsOf(features);
  const means = new Float64Array(width);
  const deviations = new Float64Array(width);
  for (const [i, value] of features.data.entries()) means[i % width] = (means[i % width] as number) + value / count;
  for (const [i, value] of features.data.entries()) {
    deviations[i % width] = (deviations[i % width] as number) + (value - (means[i % width] as number)) ** 2 / count;
  }
  for (const [i, variance] of deviations.entries()) {
    // A feature that never varies has a variance of rounding alone; its mean is wrong by up to so much.
    const rounding = count * Number.EPSILON * Math.abs(means[i] as number);
    deviations[i] = variance > rounding ** 2 ? Math.sqrt(variance) : 1;
  }
  return ({ data, shape }) => {
    const points = new Float64Array((shape[0] ?? 0) * (width + 1)).fill(1);
    for (const [i, value] of data.entries()) {
      const column = i % width;
      points[i + (i - column) / width] = (value - (means[column] as number)) / (deviations[column] as number);
    }
    return points;
  };
}

/** Weights are [classes, features + 1], the intercept last; the row begins at `offset`. */
function scores(weights: Float64Array, points: Float64Array, offset: number, logits: Float64Array): void {
  const width = weights.length / logits.length;
  for (let label = 0; label < logits.length; label += 1) {
    const start = label * width;
    let sum = 0;
    for (let i = 0; i < width; i += 1) sum += (weights[start + i] as number) * (points[offset + i] as number);
    logits[label] = sum;
  }
}

function meanCrossEntropy(
  points: Float64Array,
  labels: Uint32Array,
  { classes, penalty }: { readonly classes: number; readonly penalty: number },
): Objective {
  const logits = new Float64Array(classes);
  return (weights, gradient) => {
    const width = weights.length / classes;
    const count = labels.length;
    let loss = 0;
    for (let i = 0; i < weights.length; i += 1) {
      const penalised = i % width === width - 1 ? 0 : (weights[i] as number);
      gradient[i] = (penalty * penalised) / count;
      loss += (0.5 * penalty * penalised ** 2) / count;
    }
    for (let row = 0; row < count; row += 1) {
      const own = labels[row] as number;
      const offset = row * width;
      scores(weights, points, offset, logits);
      const largest = Math.max(...logits); // keeps the exponentials finite
      let total = 0;
      for (let label = 0; label < classes; label += 1) total += Math.exp((logits[label] as number) - largest);
      loss += (Math.log(total) + largest - (logits[own] as number)) / count;
      for (let label = 0; label < classes; label += 1) {
        const excess = (Math.exp((logits[label] as number) - largest) / total - (label === own ? 1 : 0)) / count;
        const start = label * width;
        for (let i = 0; i < width; i += 1) {
          gradient[start + i] = (gradient[start + i] as number) + excess * (points[offset + i] as number);
        }
      }
    }
    return loss;
  };
}
