import type { FactorPattern } from "./factor-pattern.ts";

/**
 * LU factorisation without pivoting of a matrix with a symmetric pattern. The Jacobian of a network of monotone edges has
 * columns that are diagonally dominant, and for those the growth of the pivots is at most 2 (Higham, Accuracy and Stability, Thm 9.9).
 */
export interface LuFactor {
  readonly values: Float64Array;
  slotOf(row: number, column: number): number;
  /** @returns −1, or the first position whose pivot vanishes or is no number */
  factor(): number;
  /** Solves in place; x [size]. */
  solve(x: Float64Array): void;
}

/** A full matrix, for few unknowns. */
export function createDenseLu(size: number): LuFactor {
  const a = new Float64Array(size * size);
  const factor = (): number => {
    for (let k = 0; k < size; k += 1) {
      const own = k * size;
      const pivot = a[own + k] as number;
      if (!(pivot > 0 && pivot < Infinity)) return k;
      const inverse = 1 / pivot;
      for (let r = k + 1; r < size; r += 1) {
        const row = r * size;
        if (a[row + k] === 0) continue;
        const ratio = (a[row + k] as number) * inverse;
        a[row + k] = ratio;
        for (let c = k + 1; c < size; c += 1) a[row + c] = (a[row + c] as number) - ratio * (a[own + c] as number);
      }
    }
    return -1;
  };
  const solve = (x: Float64Array): void => {
    for (let r = 1; r < size; r += 1) {
      let sum = x[r] as number;
      for (let c = 0; c < r; c += 1) sum -= (a[r * size + c] as number) * (x[c] as number);
      x[r] = sum;
    }
    for (let r = size - 1; r >= 0; r -= 1) {
      let sum = x[r] as number;
      for (let c = r + 1; c < size; c += 1) sum -= (a[r * size + c] as number) * (x[c] as number);
      x[r] = sum / (a[r * size + r] as number);
    }
  };
  return { values: a, slotOf: (row, column) => row * size + column, factor, solve };
}

/** A sparse matrix: row i of L and column i of U are found together, from the rows and columns before them. */
export function createSparseLu(pattern: FactorPattern): LuFactor {
  const { size, columnStart, rows, rowStart, columns } = pattern;
  const nonzeros = rows.length;
  const values = new Float64Array(2 * nonzeros + size); // below the diagonal by columns, above it by rows, the diagonal
  const lower = new Float64Array(nonzeros);
  const upper = new Float64Array(nonzeros);
  const pivots = new Float64Array(size);
  const filled = new Int32Array(size);
  const y = new Float64Array(size);
  const z = new Float64Array(size);

  const slotOf = (row: number, column: number): number => {
    if (row === column) return 2 * nonzeros + row;
    const outer = Math.max(row, column);
    const inner = Math.min(row, column);
    let low = columnStart[inner] as number;
    let high = (columnStart[inner + 1] as number) - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((rows[middle] as number) < outer) low = middle + 1;
      else high = middle;
    }
    return row > column ? low : nonzeros + low;
  };

  const factor = (): number => {
    for (let j = 0; j < size; j += 1) filled[j] = columnStart[j] as number;
    for (let i = 0; i < size; i += 1) {
      const start = rowStart[i] as number;
      const end = rowStart[i + 1] as number;
      let pivot = values[2 * nonzeros + i] as number;
      for (let t = start; t < end; t += 1) {
        const column = columns[t] as number;
        const at = filled[column] as number;
        y[column] = values[at] as number;
        z[column] = values[nonzeros + at] as number;
      }
      for (let t = start; t < end; t += 1) {
        const column = columns[t] as number;
        const stop = filled[column] as number;
        const ratio = (y[column] as number) / (pivots[column] as number);
        const above = z[column] as number;
        for (let p = columnStart[column] as number; p < stop; p += 1) {
          const row = rows[p] as number;
          y[row] = (y[row] as number) - ratio * (upper[p] as number);
          z[row] = (z[row] as number) - (lower[p] as number) * above;
        }
        lower[stop] = ratio;
        upper[stop] = above;
        pivot -= ratio * above;
        filled[column] = stop + 1;
      }
      if (!(pivot > 0 && pivot < Infinity)) return i;
      pivots[i] = pivot;
    }
    return -1;
  };

  const solve = (x: Float64Array): void => {
    for (let j = 0; j < size; j += 1) {
      const value = x[j] as number;
      const stop = columnStart[j + 1] as number;
      for (let p = columnStart[j] as number; p < stop; p += 1) {
        const row = rows[p] as number;
        x[row] = (x[row] as number) - (lower[p] as number) * value;
      }
    }
    for (let j = size - 1; j >= 0; j -= 1) {
      let sum = x[j] as number;
      const stop = columnStart[j + 1] as number;
      for (let p = columnStart[j] as number; p < stop; p += 1) sum -= (upper[p] as number) * (x[rows[p] as number] as number);
      x[j] = sum / (pivots[j] as number);
    }
  };
  return { values, slotOf, factor, solve };
}
