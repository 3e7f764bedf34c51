import { type Batch, rowOf, rowsOf } from "@ohmwork/core";

/** AᵀA and Aᵀb: all that a least-squares fit needs of its rows. `gram` is [size, size], symmetric. */
export type NormalEquations = { readonly gram: Float64Array; readonly moment: Float64Array; readonly size: number };

/** Normal equations of rows [rows, size] and one target per row, summed in double precision. */
export function normalEquations(rows: Batch, targets: ArrayLike<number>): NormalEquations {
  const { count, width: size } = rowsOf(rows);
  if (targets.length !== count) throw new RangeError(`Fit needs one target per row: ${targets.length} targets, ${count} rows`);
  const gram = new Float64Array(size * size);
  const moment = new Float64Array(size);
  for (let r = 0; r < count; r += 1) {
    const row = rowOf(rows, r);
    for (let i = 0; i < size; i += 1) {
      const value = row[i] as number;
      moment[i] = (moment[i] as number) + value * (targets[r] as number);
      for (let j = 0; j < size; j += 1) gram[i * size + j] = (gram[i * size + j] as number) + value * (row[j] as number);
    }
  }
  return { gram, moment, size };
}

/** Smallest share of a diagonal entry that elimination may leave of it before the column counts as dependent on the others. */
const dependent = 1e-11;

/**
 * Solves gram · x = moment over the named columns (zero elsewhere) by Cholesky factorisation;
 * undefined when one of them depends on the others.
 */
export function solveNormal(equations: NormalEquations, columns: readonly number[]): Float64Array | undefined {
  const { gram, moment, size } = equations;
  const n = columns.length;
  const factor = new Float64Array(n * n);
  const solution = new Float64Array(n);
  const at = (i: number, j: number): number => factor[i * n + j] as number;
  for (let i = 0; i < n; i += 1) {
    const row = (columns[i] as number) * size;
    for (let j = 0; j <= i; j += 1) {
      let sum = gram[row + (columns[j] as number)] as number;
      for (let k = 0; k < j; k += 1) sum -= at(i, k) * at(j, k);
      if (j < i) factor[i * n + j] = sum / at(j, j);
      else if (!(sum > dependent * (gram[row + (columns[i] as number)] as number))) return undefined;
      else factor[i * n + i] = Math.sqrt(sum);
    }
    let sum = moment[columns[i] as number] as number;
    for (let k = 0; k < i; k += 1) sum -= at(i, k) * (solution[k] as number);
    solution[i] = sum / at(i, i);
  }
  for (let i = n - 1; i >= 0; i -= 1) {
    let sum = solution[i] as number;
    for (let k = i + 1; k < n; k += 1) sum -= at(k, i) * (solution[k] as number);
    solution[i] = sum / at(i, i);
  }
  const weights = new Float64Array(size);
  for (const [i, column] of columns.entries()) weights[column] = solution[i] as number;
  return weights;
}

/** The best affine function of rows [rows, size], in the least-squares sense; columns that depend on earlier ones are left out. */
export function affineFit(rows: Batch, targets: ArrayLike<number>): (rows: Batch) => Float64Array {
  const equations = normalEquations(withOne(rows), targets);
  let columns: number[] = [];
  let weights: Float64Array = new Float64Array(equations.size);
  for (let column = 0; column < equations.size; column += 1) {
    const wider = solveNormal(equations, [...columns, column]);
    if (wider === undefined) continue;
    columns = [...columns, column];
    weights = wider;
  }
  return (batch) => {
    const design = withOne(batch);
    return Float64Array.from({ length: rowsOf(design).count }, (_, r) =>
      rowOf(design, r).reduce((sum, value, i) => sum + value * (weights[i] as number), 0),
    );
  };
}

/** Rows with a 1 put before them. */
function withOne(batch: Batch): Batch {
  const { count, width } = rowsOf(batch);
  const data = new Float32Array(count * (width + 1)).fill(1);
  for (let r = 0; r < count; r += 1) data.set(rowOf(batch, r), r * (width + 1) + 1);
  return { data, shape: [count, width + 1] };
}
