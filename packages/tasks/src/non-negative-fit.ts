import { type Batch, rowsOf } from "@ohmwork/core";
import { type NormalEquations, normalEquations, solveNormal } from "./least-squares.ts";

/**
 * Weights w ≥ 0 that minimise ‖rows · w − targets‖² (Lawson and Hanson, "Solving Least Squares Problems", 1974, ch. 23,
 * on the normal equations as Bro and de Jong, J. Chemometrics 11, 393, 1997).
 */
export function nonNegativeFit(rows: Batch, targets: ArrayLike<number>): Float64Array {
  return solveNonNegative(normalEquations(rows, targets));
}

/**
 * Weights w ≥ 0 with sum 1 that minimise ‖rows · w − targets‖²: what a network of resistors between sources and an output can be.
 *
 * With the sum 1, rows · w − t = (rows − t 1ᵀ) w = D w. Minimising ‖D w‖² + (1ᵀw − 1)² over w ≥ 0 instead gives, at any
 * total s of w = s u, the value s² ‖D u‖² + (s − 1)², whose smallest over s grows with ‖D u‖²: the best u is the answer.
 */
export function convexFit(rows: Batch, targets: ArrayLike<number>): Float64Array {
  const { count, width } = rowsOf(rows);
  const distances = rows.data.map((value, i) => value - (targets[Math.floor(i / width)] as number));
  const { gram, size } = normalEquations({ data: distances, shape: [count, width] }, new Float64Array(count));
  const scale = gram.reduce((largest, value) => Math.max(largest, value), Number.MIN_VALUE);
  const weights = solveNonNegative({
    gram: gram.map((value) => value / scale + 1),
    moment: new Float64Array(size).fill(1),
    size,
  });
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
}

/** Gradient, relative to the largest moment, below which a column at zero is best left there. */
const settled = 1e-10;

function solveNonNegative(equations: NormalEquations): Float64Array {
  const { gram, moment, size } = equations;
  const tolerance = settled * moment.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
  let weights = new Float64Array(size);
  let passive: number[] = [];
  const refused = new Set<number>(); // columns that depend on the passive ones: no gain in them until those change
  // Every pass lowers the residual, so no passive set comes twice; the bound is for rounding only.
  for (let pass = 0; pass < 10 * size + 10; pass += 1) {
    const entering = steepest(gram, moment, weights, new Set([...passive, ...refused]), tolerance);
    if (entering === undefined) break;
    let trial = solveNormal(equations, [...passive, entering]);
    if (trial === undefined || (trial[entering] as number) <= 0) {
      refused.add(entering);
      continue;
    }
    refused.clear();
    passive.push(entering);
    while (trial !== undefined && passive.some((column) => ((trial as Float64Array)[column] as number) <= 0)) {
      weights = stepToBoundary(weights, trial, passive);
      passive = passive.filter((column) => (weights[column] as number) > 0);
      trial = solveNormal(equations, passive);
    }
    if (trial !== undefined) weights = Float64Array.from(trial);
  }
  return weights;
}

/** The column outside `closed` whose increase lowers the residual fastest, if any does. */
function steepest(
  gram: Float64Array,
  moment: Float64Array,
  weights: Float64Array,
  closed: ReadonlySet<number>,
  tolerance: number,
): number | undefined {
  let best: number | undefined;
  let steepestDescent = tolerance;
  for (let i = 0; i < moment.length; i += 1) {
    if (closed.has(i)) continue;
    let descent = moment[i] as number;
    for (let j = 0; j < moment.length; j += 1) descent -= (gram[i * moment.length + j] as number) * (weights[j] as number);
    if (descent > steepestDescent) [best, steepestDescent] = [i, descent];
  }
  return best;
}

/** As far from `weights` to `trial` as no weight turns negative; the one that stops it becomes exactly 0. */
function stepToBoundary(weights: Float64Array, trial: Float64Array, passive: readonly number[]): Float64Array<ArrayBuffer> {
  let step = 1;
  let blocking = -1;
  for (const column of passive) {
    const from = weights[column] as number;
    const to = trial[column] as number;
    if (to > 0) continue;
    const reach = from / (from - to);
    if (blocking === -1 || reach < step) [step, blocking] = [reach, column];
  }
  const next = Float64Array.from(weights, (weight, i) => Math.max(weight + step * ((trial[i] as number) - weight), 0));
  next[blocking] = 0;
  return next;
}
