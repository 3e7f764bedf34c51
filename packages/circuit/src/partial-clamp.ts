import type { SymmetricFactor } from "./symmetric-factor.ts";

/**
 * Fills the outputs that are left free (NaN at the end of x) from those that are held, by the Schur complement over the outputs:
 * Gaussian elimination on its free block, which is positive definite and needs no pivoting.
 *
 * @param outputs number of trailing positions that are outputs
 * @returns changes x [size] in place
 */
export function createPartialClamp(matrix: SymmetricFactor, outputs: number): (x: Float64Array) => void {
  const first = matrix.size - outputs;
  const schur = new Float64Array(outputs * outputs);
  const a = new Float64Array(outputs * outputs);
  const b = new Float64Array(outputs);
  const free = new Int32Array(outputs);
  return (x) => {
    matrix.trailing(first, schur);
    let count = 0;
    for (let k = 0; k < outputs; k += 1) {
      if (!Number.isNaN(x[first + k])) continue;
      free[count] = k;
      count += 1;
    }
    for (let r = 0; r < count; r += 1) {
      const row = (free[r] as number) * outputs;
      let sum = 0;
      for (let k = 0; k < outputs; k += 1) {
        const held = x[first + k] as number;
        if (!Number.isNaN(held)) sum -= (schur[row + k] as number) * held;
      }
      b[r] = sum;
      for (let c = 0; c < count; c += 1) a[r * count + c] = schur[row + (free[c] as number)] as number;
    }
    for (let k = 0; k < count; k += 1) {
      for (let r = k + 1; r < count; r += 1) {
        const ratio = (a[r * count + k] as number) / (a[k * count + k] as number);
        for (let c = k + 1; c < count; c += 1)
          a[r * count + c] = (a[r * count + c] as number) - ratio * (a[k * count + c] as number);
        b[r] = (b[r] as number) - ratio * (b[k] as number);
      }
    }
    for (let r = count - 1; r >= 0; r -= 1) {
      let sum = b[r] as number;
      for (let c = r + 1; c < count; c += 1) sum -= (a[r * count + c] as number) * (x[first + (free[c] as number)] as number);
      x[first + (free[r] as number)] = sum / (a[r * count + r] as number);
    }
  };
}
