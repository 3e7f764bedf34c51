import type { BenchModel, BenchTrial } from "./bench-model.ts";

/** How well a model with free resistances explains readings. */
export type BenchFit = {
  /** Mean of the squared deviations, each in units of its standard deviation, with what the resistances had to give. */
  readonly cost: number;
  /** Reading minus prediction [trials, nodes] V. */
  readonly deviations: Float64Array;
};

/** Offsets and quantisation of converters and DACs [V]; resistances of digital potentiometers against each other, as a share. */
const READING_SD = 3e-3;
const RESISTANCE_SD = 0.08;
/** A short that the model has as a voltage may be off by more; a single reading counts for no more than this [V]. */
const STEP = 1e-3;
const LARGEST_STEP = 0.3;
const ITERATIONS = 4;

/** Deviations of readings [trials, nodes] V from a model whose resistances are those of the data sheet. */
export function costAsDrawn(model: BenchModel, trials: readonly BenchTrial[], readings: Float64Array, edges: number): number {
  const predicted = model.predict(trials, new Float64Array(edges).fill(1));
  return readings.reduce((sum, volts, i) => sum + (volts - (predicted[i] as number)) ** 2, 0) / readings.length;
}

/** The most likely resistances and what they leave unexplained, by Gauss-Newton steps on the logarithms of the conductances. */
export function fitBench(model: BenchModel, trials: readonly BenchTrial[], readings: Float64Array, edges: number): BenchFit {
  const logs = new Float64Array(edges);
  const predict = (): Float64Array => model.predict(trials, logs.map(Math.exp));
  const evaluate = (): BenchFit => {
    const predicted = predict();
    const deviations = readings.map((volts, i) => volts - (predicted[i] as number));
    const sum = deviations.reduce((total, volts) => total + (volts / READING_SD) ** 2, 0);
    const given = logs.reduce((total, log) => total + (log / RESISTANCE_SD) ** 2, 0);
    return { cost: (sum + given) / readings.length, deviations };
  };
  let best = evaluate();
  for (let iteration = 0; iteration < ITERATIONS; iteration += 1) {
    const before = predict();
    const slopes = Array.from(logs, (log, e) => {
      logs[e] = log + STEP;
      const after = predict();
      logs[e] = log;
      return after.map((volts, i) => (volts - (before[i] as number)) / STEP / READING_SD);
    });
    const matrix = slopes.map((a, e) => Float64Array.from(slopes, (b, f) => dot(a, b) + (e === f ? RESISTANCE_SD ** -2 : 0)));
    const right = Float64Array.from(
      slopes,
      (slope, e) => dot(slope, best.deviations) / READING_SD - (logs[e] as number) / RESISTANCE_SD ** 2,
    );
    const step = solvePositive(matrix, right);
    const saved = logs.slice();
    for (const [e, by] of step.entries()) logs[e] = (logs[e] as number) + Math.max(-LARGEST_STEP, Math.min(LARGEST_STEP, by));
    const next = evaluate();
    if (next.cost >= best.cost) {
      logs.set(saved);
      break;
    }
    const gain = best.cost - next.cost;
    best = next;
    if (gain < 1e-3 * best.cost) break;
  }
  return best;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i += 1) sum += (a[i] as number) * (b[i] as number);
  return sum;
}

/** Solves a symmetric positive definite system by elimination; overwrites both. */
function solvePositive(matrix: readonly Float64Array[], right: Float64Array): Float64Array {
  const n = right.length;
  for (let k = 0; k < n; k += 1) {
    const pivot = matrix[k] as Float64Array;
    for (let i = k + 1; i < n; i += 1) {
      const row = matrix[i] as Float64Array;
      const factor = (row[k] as number) / (pivot[k] as number);
      for (let j = k; j < n; j += 1) row[j] = (row[j] as number) - factor * (pivot[j] as number);
      right[i] = (right[i] as number) - factor * (right[k] as number);
    }
  }
  for (let k = n - 1; k >= 0; k -= 1) {
    const row = matrix[k] as Float64Array;
    let rest = right[k] as number;
    for (let j = k + 1; j < n; j += 1) rest -= (row[j] as number) * (right[j] as number);
    right[k] = rest / (row[k] as number);
  }
  return right;
}
