import { smallestPivotDrop, smallestPivotRatio, type SymmetricFactor } from "./symmetric-factor.ts";

/** LDLᵀ of a small full matrix, in place by rows: L below the diagonal, D on it. */
export function createDenseFactor(size: number): SymmetricFactor {
  const a = new Float64Array(size * size);
  const inverse = new Float64Array(size);
  const w = new Float64Array(size);
  const peak = new Float64Array(size); // largest each pivot has been since `factor`, once something was changed
  let changed = false;

  const factor = (): number => {
    changed = false;
    for (let i = 0; i < size; i += 1) {
      const row = i * size;
      for (let j = 1; j < i; j += 1) {
        const other = j * size;
        let sum = a[row + j] as number;
        for (let k = 0; k < j; k += 1) sum -= (a[row + k] as number) * (a[other + k] as number);
        a[row + j] = sum;
      }
      const diagonal = a[row + i] as number;
      let pivot = diagonal;
      for (let k = 0; k < i; k += 1) {
        const y = a[row + k] as number;
        const l = y * (inverse[k] as number);
        a[row + k] = l;
        pivot -= l * y;
      }
      if (!(pivot > diagonal * smallestPivotRatio)) return i;
      a[row + i] = pivot;
      inverse[i] = 1 / pivot;
    }
    return -1;
  };

  const solve = (x: Float64Array, width: number): void => {
    if (width === 1) {
      for (let i = 1; i < size; i += 1) {
        const row = i * size;
        let sum = x[i] as number;
        for (let k = 0; k < i; k += 1) sum -= (a[row + k] as number) * (x[k] as number);
        x[i] = sum;
      }
      for (let i = 0; i < size; i += 1) x[i] = (x[i] as number) * (inverse[i] as number);
      for (let i = size - 1; i > 0; i -= 1) {
        const row = i * size;
        const value = x[i] as number;
        for (let k = 0; k < i; k += 1) x[k] = (x[k] as number) - (a[row + k] as number) * value;
      }
      return;
    }
    for (let i = 0; i < size; i += 1) {
      for (let k = 0; k < i; k += 1) {
        const l = a[i * size + k] as number;
        for (let r = 0; r < width; r += 1) x[i * width + r] = (x[i * width + r] as number) - l * (x[k * width + r] as number);
      }
    }
    for (let i = 0; i < size; i += 1) {
      for (let r = 0; r < width; r += 1) x[i * width + r] = (x[i * width + r] as number) * (inverse[i] as number);
    }
    for (let i = size - 1; i > 0; i -= 1) {
      for (let k = 0; k < i; k += 1) {
        const l = a[i * size + k] as number;
        for (let r = 0; r < width; r += 1) x[k * width + r] = (x[k * width + r] as number) - l * (x[i * width + r] as number);
      }
    }
  };

  const spread = (x: Float64Array, first: number): void => {
    for (let k = 0; k < first; k += 1) x[k] = 0;
    for (let i = size - 1; i > 0; i -= 1) {
      const row = i * size;
      const value = x[i] as number;
      const end = i < first ? i : first;
      for (let k = 0; k < end; k += 1) x[k] = (x[k] as number) - (a[row + k] as number) * value;
    }
  };

  const trailing = (first: number, block: Float64Array): void => {
    const width = size - first;
    for (let i = first; i < size; i += 1) {
      for (let j = first; j <= i; j += 1) {
        let sum = 0;
        for (let k = first; k <= j; k += 1) {
          const left = k === i ? 1 : (a[i * size + k] as number);
          const right = k === j ? 1 : (a[j * size + k] as number);
          sum += left * right * (a[k * size + k] as number);
        }
        block[(i - first) * width + (j - first)] = sum;
        block[(j - first) * width + (i - first)] = sum;
      }
    }
  };

  // Method C1 of Gill, Golub, Murray & Saunders, Math. Comp. 28, 505 (1974).
  const change = (i: number, j: number, delta: number): boolean => {
    if (!changed) for (let k = 0; k < size; k += 1) peak[k] = a[k * size + k] as number;
    changed = true;
    w.fill(0);
    w[i] = 1;
    if (j >= 0) w[j] = -1;
    let weight = delta;
    for (let c = j >= 0 && j < i ? j : i; c < size; c += 1) {
      const p = w[c] as number;
      if (p === 0) continue;
      const old = a[c * size + c] as number;
      const pivot = old + weight * p * p;
      if (!(pivot > (peak[c] as number) * smallestPivotDrop)) return false;
      if (pivot > (peak[c] as number)) peak[c] = pivot;
      const gain = (weight * p) / pivot;
      weight *= old / pivot;
      a[c * size + c] = pivot;
      inverse[c] = 1 / pivot;
      for (let r = c + 1; r < size; r += 1) {
        const at = r * size + c;
        const rest = (w[r] as number) - p * (a[at] as number);
        w[r] = rest;
        a[at] = (a[at] as number) + gain * rest;
      }
    }
    return true;
  };

  return {
    size,
    values: a,
    bytes: a.byteLength + inverse.byteLength + w.byteLength + peak.byteLength,
    slotOf: (row, column) => row * size + column,
    factor,
    solve,
    spread,
    trailing,
    change,
  };
}
