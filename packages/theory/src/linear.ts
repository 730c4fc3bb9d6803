// Small dense linear systems by LU factorization with partial pivoting (Golub and Van Loan 2013, algorithm 3.4.1).

/**
 * Overwrites the row-major n x n matrix by its factors and returns the row exchanges. A zero pivot yields infinities.
 */
export function factorize(matrix: Float64Array, n: number): Int32Array {
  const pivots = new Int32Array(n);
  for (let k = 0; k < n; k++) {
    let best = k;
    for (let i = k + 1; i < n; i++) if (Math.abs(matrix[i * n + k]) > Math.abs(matrix[best * n + k])) best = i;
    pivots[k] = best;
    if (best !== k) {
      for (let j = 0; j < n; j++) {
        const held = matrix[k * n + j];
        matrix[k * n + j] = matrix[best * n + j];
        matrix[best * n + j] = held;
      }
    }
    for (let i = k + 1; i < n; i++) {
      const factor = matrix[i * n + k] / matrix[k * n + k];
      matrix[i * n + k] = factor;
      for (let j = k + 1; j < n; j++) matrix[i * n + j] -= factor * matrix[k * n + j];
    }
  }
  return pivots;
}

/** Overwrites `right` by the solution of the factorized system. */
export function solveFactored(factors: Float64Array, pivots: Int32Array, right: Float64Array, n: number): void {
  for (let k = 0; k < n; k++) {
    const held = right[pivots[k]];
    right[pivots[k]] = right[k];
    right[k] = held;
  }
  for (let i = 0; i < n; i++) for (let j = 0; j < i; j++) right[i] -= factors[i * n + j] * right[j];
  for (let i = n - 1; i >= 0; i--) {
    for (let j = i + 1; j < n; j++) right[i] -= factors[i * n + j] * right[j];
    right[i] /= factors[i * n + i];
  }
}

/** Inverse of a row-major n x n matrix, which is left as it was. */
export function inverse(matrix: Float64Array, n: number): Float64Array {
  const factors = matrix.slice();
  const pivots = factorize(factors, n);
  const result = new Float64Array(n * n);
  for (let j = 0; j < n; j++) {
    const column = new Float64Array(n);
    column[j] = 1;
    solveFactored(factors, pivots, column, n);
    for (let i = 0; i < n; i++) result[i * n + j] = column[i];
  }
  return result;
}
