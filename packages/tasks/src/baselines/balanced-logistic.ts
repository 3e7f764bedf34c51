import { minimise } from "../lbfgs.ts";

/** Rows [rows, width] one after the other, and whether each is what is looked for. */
export type YesNoRows = { readonly features: Float32Array; readonly width: number; readonly isPositive: readonly boolean[] };

/**
 * Logistic regression of yes and no: minimises the cross-entropy, in which both sides weigh the same however many rows they have, plus
 * ½ `penalty` ‖weights‖² over the number of rows, the intercept free; as scikit-learn does with C = 1 / `penalty` and balanced classes.
 *
 * @param options.penalty strength of the L2 penalty. @default 1
 * @param options.start weights to begin from, of an earlier fit
 * @returns one weight for each feature, then the intercept
 * @throws RangeError when a side has no rows
 */
export function balancedLogistic(
  { features, width, isPositive }: YesNoRows,
  options: { readonly penalty?: number; readonly start?: Float64Array; readonly tolerance?: number } = {},
): Float64Array {
  const { penalty = 1, start = new Float64Array(width + 1), tolerance = 1e-5 } = options;
  const count = isPositive.length;
  const positives = isPositive.filter(Boolean).length;
  if (positives === 0 || positives === count)
    throw new RangeError(`Both sides need rows: ${positives} of ${count} are what is looked for`);
  const weightOf = { yes: 0.5 / positives, no: 0.5 / (count - positives) };
  return minimise(
    (weights, gradient) => {
      let loss = 0;
      for (let i = 0; i < width; i += 1) {
        const weight = weights[i] as number;
        gradient[i] = (penalty * weight) / count;
        loss += (0.5 * penalty * weight * weight) / count;
      }
      gradient[width] = 0;
      for (let row = 0; row < count; row += 1) {
        const offset = row * width;
        let score = weights[width] as number;
        for (let i = 0; i < width; i += 1) score += (weights[i] as number) * (features[offset + i] as number);
        const isOne = isPositive[row] === true;
        const margin = isOne ? score : -score;
        const weight = isOne ? weightOf.yes : weightOf.no;
        // log(1 + e^−m) without overflow.
        loss += weight * (margin > 0 ? Math.log1p(Math.exp(-margin)) : Math.log1p(Math.exp(margin)) - margin);
        const slope = ((isOne ? -1 : 1) * weight) / (1 + Math.exp(margin));
        for (let i = 0; i < width; i += 1) gradient[i] = (gradient[i] as number) + slope * (features[offset + i] as number);
        gradient[width] += slope;
      }
      return loss;
    },
    start,
    { tolerance, maxSteps: 300 },
  );
}
