// Eigenvalues and eigenvectors of a small symmetric matrix by Jacobi rotations.

/** Eigenpairs of a symmetric n x n matrix (row-major): values[k] belongs to the vector vectors[k]. */
export interface Eigen {
  values: number[];
  vectors: number[][];
}

/** Cyclic Jacobi method (Golub and Van Loan, section 8.5); exact to rounding, also for repeated and zero eigenvalues. */
export function symmetricEigen(matrix: ArrayLike<number>, n: number): Eigen {
  const a = Array.from(matrix);
  const v = Array.from({ length: n }, (_, i) => Array.from({ length: n }, (_, j) => (i === j ? 1 : 0)));
  for (let sweep = 0; sweep < 60; sweep++) {
    let off = 0;
    let total = 0;
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) {
        if (i !== j) off += a[i * n + j] ** 2;
        total += a[i * n + j] ** 2;
      }
    }
    if (off <= 1e-32 * total) break;
    for (let p = 0; p < n; p++) for (let q = p + 1; q < n; q++) rotate(a, v, n, p, q);
  }
  return { values: v.map((_, i) => a[i * n + i]), vectors: v };
}

function rotate(a: number[], v: number[][], n: number, p: number, q: number): void {
  const apq = a[p * n + q];
  if (apq === 0) return;
  const theta = (a[q * n + q] - a[p * n + p]) / (2 * apq);
  const t = (theta >= 0 ? 1 : -1) / (Math.abs(theta) + Math.hypot(theta, 1));
  const c = 1 / Math.hypot(t, 1);
  const s = t * c;
  for (let k = 0; k < n; k++) {
    const kp = a[k * n + p];
    const kq = a[k * n + q];
    a[k * n + p] = c * kp - s * kq;
    a[k * n + q] = s * kp + c * kq;
  }
  for (let k = 0; k < n; k++) {
    const pk = a[p * n + k];
    const qk = a[q * n + k];
    a[p * n + k] = c * pk - s * qk;
    a[q * n + k] = s * pk + c * qk;
    const vp = v[p][k];
    const vq = v[q][k];
    v[p][k] = c * vp - s * vq;
    v[q][k] = s * vp + c * vq;
  }
}
