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

/** An uncorrelated combination of variables: its variance, 0 for a null direction. */
export interface Component {
  vector: number[];
  variance: number;
}

/**
 * Uncorrelated components of variables with the given covariance (n x n, row-major). Variables are first scaled to unit
 * variance, so that a small variance beside a large one is not mistaken for none; components with less than 1e-12 of
 * it, and variables with variance <= floor, are null directions.
 */
export function components(covariance: ArrayLike<number>, n: number, floor = 0): Component[] {
  const sd = Array.from({ length: n }, (_, i) => {
    const variance = covariance[i * n + i];
    return variance > floor ? Math.sqrt(variance) : 0;
  });
  const correlation = Float64Array.from({ length: n * n }, (_, at) => {
    const i = Math.floor(at / n);
    const j = at % n;
    return sd[i] > 0 && sd[j] > 0 ? (i === j ? 1 : covariance[at] / (sd[i] * sd[j])) : 0;
  });
  const { values, vectors } = symmetricEigen(correlation, n);
  return values.map((value, k) => ({
    vector: vectors[k].map((v, i) => (sd[i] > 0 ? v / sd[i] : v)),
    variance: value > 1e-12 ? value : 0,
  }));
}
