import type { FactorPattern } from "./factor-pattern.ts";
import { createMultifrontal } from "./multifrontal.ts";
import { smallestPivotDrop, type SymmetricFactor } from "./symmetric-factor.ts";

/** LDLᵀ of a sparse matrix, in place: below the diagonal by columns, then the diagonal, first of the matrix and then of L and D. */
export function createSparseFactor(pattern: FactorPattern): SymmetricFactor {
  const { size, parent, columnStart, rows } = pattern;
  const nonzeros = rows.length;
  const values = new Float64Array(nonzeros + size);
  const l = values.subarray(0, nonzeros);
  const pivots = values.subarray(nonzeros);
  const y = new Float64Array(size);
  const peak = new Float64Array(size); // largest each pivot has been since `factor`, once something was changed
  let changed = false;

  const slotOf = (row: number, column: number): number => {
    if (row === column) return nonzeros + row;
    let low = columnStart[column] as number;
    let high = (columnStart[column + 1] as number) - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((rows[middle] as number) < row) low = middle + 1;
      else high = middle;
    }
    return low;
  };

  const { factor: eliminate, bytes } = createMultifrontal(pattern, values);
  const factor = (): number => {
    changed = false;
    return eliminate();
  };

  const solve = (x: Float64Array, width: number): void => {
    if (width === 1) {
      for (let j = 0; j < size; j += 1) {
        const value = x[j] as number;
        const stop = columnStart[j + 1] as number;
        for (let p = columnStart[j] as number; p < stop; p += 1) {
          const row = rows[p] as number;
          x[row] = (x[row] as number) - (l[p] as number) * value;
        }
        x[j] = value / (pivots[j] as number);
      }
      for (let j = size - 1; j >= 0; j -= 1) {
        let sum = x[j] as number;
        const stop = columnStart[j + 1] as number;
        for (let p = columnStart[j] as number; p < stop; p += 1) sum -= (l[p] as number) * (x[rows[p] as number] as number);
        x[j] = sum;
      }
      return;
    }
    for (let j = 0; j < size; j += 1) {
      const own = j * width;
      for (let p = columnStart[j] as number; p < (columnStart[j + 1] as number); p += 1) {
        const other = (rows[p] as number) * width;
        const value = l[p] as number;
        for (let r = 0; r < width; r += 1) x[other + r] = (x[other + r] as number) - value * (x[own + r] as number);
      }
      for (let r = 0; r < width; r += 1) x[own + r] = (x[own + r] as number) / (pivots[j] as number);
    }
    for (let j = size - 1; j >= 0; j -= 1) {
      const own = j * width;
      for (let p = columnStart[j] as number; p < (columnStart[j + 1] as number); p += 1) {
        const other = (rows[p] as number) * width;
        const value = l[p] as number;
        for (let r = 0; r < width; r += 1) x[own + r] = (x[own + r] as number) - value * (x[other + r] as number);
      }
    }
  };

  const spread = (x: Float64Array, first: number): void => {
    for (let j = first - 1; j >= 0; j -= 1) {
      let sum = 0;
      const stop = columnStart[j + 1] as number;
      for (let p = columnStart[j] as number; p < stop; p += 1) sum -= (l[p] as number) * (x[rows[p] as number] as number);
      x[j] = sum;
    }
  };

  const trailing = (first: number, block: Float64Array): void => {
    const width = size - first;
    block.fill(0);
    for (let k = first; k < size; k += 1) {
      const pivot = pivots[k] as number;
      const start = columnStart[k] as number;
      const stop = columnStart[k + 1] as number;
      // Column k of L with its unit diagonal: p = start − 1 stands for the diagonal.
      for (let p = start - 1; p < stop; p += 1) {
        const i = p < start ? k : (rows[p] as number);
        const left = p < start ? pivot : (l[p] as number) * pivot;
        for (let q = start - 1; q < stop; q += 1) {
          const j = q < start ? k : (rows[q] as number);
          const at = (i - first) * width + (j - first);
          block[at] = (block[at] as number) + left * (q < start ? 1 : (l[q] as number));
        }
      }
    }
  };

  // Method C1 of Gill, Golub, Murray & Saunders (1974) along the path to the root (Davis & Hager, SIAM J. Matrix Anal. Appl. 20, 606 (1999)).
  const change = (i: number, j: number, delta: number): boolean => {
    if (!changed) peak.set(pivots);
    changed = true;
    let start = i;
    if (j >= 0 && j < i) start = j;
    for (let c = start; c >= 0; c = parent[c] as number) y[c] = 0;
    y[i] = 1;
    if (j >= 0) y[j] = -1;
    let weight = delta;
    for (let c = start; c >= 0; c = parent[c] as number) {
      const part = y[c] as number;
      if (part === 0) continue;
      const old = pivots[c] as number;
      const pivot = old + weight * part * part;
      if (!(pivot > (peak[c] as number) * smallestPivotDrop)) return false;
      if (pivot > (peak[c] as number)) peak[c] = pivot;
      const gain = (weight * part) / pivot;
      weight *= old / pivot;
      pivots[c] = pivot;
      const stop = columnStart[c + 1] as number;
      for (let p = columnStart[c] as number; p < stop; p += 1) {
        const row = rows[p] as number;
        const rest = (y[row] as number) - part * (l[p] as number);
        y[row] = rest;
        l[p] = (l[p] as number) + gain * rest;
      }
    }
    return true;
  };

  const held = [values, y, peak, parent, columnStart, rows];
  return {
    size,
    values,
    bytes: held.reduce((sum, array) => sum + array.byteLength, bytes),
    slotOf,
    factor,
    solve,
    spread,
    trailing,
    change,
  };
}
