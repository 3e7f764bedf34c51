/**
 * exp(A) of a small square matrix [n × n], row-major: a Taylor series of the matrix halved until it is small, then squared
 * back (Moler & Van Loan, SIAM Review 45(1), 2003, method 3). Close to the last bits for the few states of a circuit.
 */
export function matrixExponential(matrix: ArrayLike<number>, n: number): Float64Array {
  let rowSum = 0;
  for (let row = 0; row < n; row += 1) {
    let sum = 0;
    for (let column = 0; column < n; column += 1) sum += Math.abs(matrix[row * n + column] as number);
    rowSum = Math.max(rowSum, sum);
  }
  const halvings = Math.max(0, Math.ceil(Math.log2(rowSum)) + 2);
  const small = Float64Array.from(matrix, (value) => value / 2 ** halvings);
  let result = identity(n);
  // Horner's scheme of the series; with a norm of 1/4, term 16 is below 1e-23.
  for (let term = 16; term >= 1; term -= 1) {
    result = product(small, result, n).map((value) => value / term);
    for (let i = 0; i < n; i += 1) result[i * (n + 1)] = (result[i * (n + 1)] as number) + 1;
  }
  for (let i = 0; i < halvings; i += 1) result = product(result, result, n);
  return result;
}

function identity(n: number): Float64Array {
  return new Float64Array(n * n).map((_, i) => (i % (n + 1) === 0 ? 1 : 0));
}

function product(a: Float64Array, b: Float64Array, n: number): Float64Array {
  return new Float64Array(n * n).map((_, at) => {
    const row = Math.floor(at / n);
    const column = at % n;
    let sum = 0;
    for (let k = 0; k < n; k += 1) sum += (a[row * n + k] as number) * (b[k * n + column] as number);
    return sum;
  });
}
