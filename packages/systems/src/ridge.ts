/**
 * Weights [n × m] of the ridge regression that makes Y [rows × m] of X [rows × n]: (XᵀX / rows + λ) W = XᵀY / rows, by Cholesky's
 * decomposition.
 *
 * @param lambda above 0, in parts of the mean square of the columns of X
 */
export function ridge(x: Float32Array, y: Float32Array, rows: number, lambda: number): Float32Array {
  const [n, m] = [x.length / rows, y.length / rows];
  const gram = new Float64Array(n * n);
  const right = new Float64Array(n * m);
  for (let row = 0; row < rows; row += 1) {
    const [from, to] = [x.subarray(row * n, (row + 1) * n), y.subarray(row * m, (row + 1) * m)];
    for (let i = 0; i < n; i += 1) {
      const value = (from[i] as number) / rows;
      if (value === 0) continue;
      for (let j = 0; j <= i; j += 1) (gram[i * n + j] as number) += value * (from[j] as number);
      for (let k = 0; k < m; k += 1) (right[i * m + k] as number) += value * (to[k] as number);
    }
  }
  for (let i = 0; i < n; i += 1) (gram[i * n + i] as number) += lambda;
  factorise(gram, n);
  solve(gram, right, n, m);
  return Float32Array.from(right);
}

/** Turns the lower triangle of a positive definite matrix into L of L Lᵀ. */
function factorise(a: Float64Array, n: number): void {
  for (let i = 0; i < n; i += 1) {
    for (let j = 0; j <= i; j += 1) {
      let sum = a[i * n + j] as number;
      for (let k = 0; k < j; k += 1) sum -= (a[i * n + k] as number) * (a[j * n + k] as number);
      a[i * n + j] = i === j ? Math.sqrt(sum) : sum / (a[j * n + j] as number);
    }
  }
}

/** Replaces B [n × m] by the solution of L Lᵀ X = B. */
function solve(l: Float64Array, b: Float64Array, n: number, m: number): void {
  const eliminate = (i: number, j: number, factor: number): void => {
    for (let k = 0; k < m; k += 1) (b[i * m + k] as number) -= factor * (b[j * m + k] as number);
  };
  const scale = (i: number): void => {
    for (let k = 0; k < m; k += 1) (b[i * m + k] as number) /= l[i * n + i] as number;
  };
  for (let i = 0; i < n; i += 1) {
    for (let j = 0; j < i; j += 1) eliminate(i, j, l[i * n + j] as number);
    scale(i);
  }
  for (let i = n - 1; i >= 0; i -= 1) {
    for (let j = i + 1; j < n; j += 1) eliminate(i, j, l[j * n + i] as number);
    scale(i);
  }
}
