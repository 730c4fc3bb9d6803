// Least squares by Householder's QR factorisation with rows sorted by size and columns pivoted: safe for rows of very different scale.

/**
 * x that minimises |A x - b|, A of m rows and n <= m columns (row-major, overwritten, as is b).
 * Rows are sorted by their largest entry and columns pivoted, so that rows differing by many orders of magnitude keep
 * their accuracy each (Higham 2002, section 20.3). Columns without remaining content get x = 0.
 */
export function leastSquares(a: Float64Array, b: Float64Array, m: number, n: number): Float64Array {
  sortRows(a, b, m, n);
  const order = Array.from({ length: n }, (_, j) => j);
  let rank = n;
  let first = 0;
  for (let k = 0; k < n; k++) {
    pivotColumn(a, order, m, n, k);
    const norm = columnNorm(a, m, n, k, k);
    if (k === 0) first = norm;
    if (norm <= 1e-15 * first) {
      rank = k;
      break;
    }
    reflect(a, b, m, n, k, a[k * n + k] > 0 ? -norm : norm);
  }
  const x = new Float64Array(n);
  for (let k = rank - 1; k >= 0; k--) {
    let sum = b[k];
    for (let j = k + 1; j < rank; j++) sum -= a[k * n + j] * x[order[j]];
    x[order[k]] = sum / a[k * n + k];
  }
  return x;
}

/** Householder reflection that turns column k below row k into (diagonal, 0, ..., 0), applied to A and b. */
function reflect(a: Float64Array, b: Float64Array, m: number, n: number, k: number, diagonal: number): void {
  const head = a[k * n + k] - diagonal;
  const scale = -1 / (diagonal * head);
  a[k * n + k] = head;
  for (let j = k + 1; j < n; j++) {
    let sum = 0;
    for (let i = k; i < m; i++) sum += a[i * n + k] * a[i * n + j];
    sum *= scale;
    for (let i = k; i < m; i++) a[i * n + j] -= sum * a[i * n + k];
  }
  let sum = 0;
  for (let i = k; i < m; i++) sum += a[i * n + k] * b[i];
  sum *= scale;
  for (let i = k; i < m; i++) b[i] -= sum * a[i * n + k];
  a[k * n + k] = diagonal;
}

function pivotColumn(a: Float64Array, order: number[], m: number, n: number, k: number): void {
  let best = k;
  let largest = -1;
  for (let j = k; j < n; j++) {
    const norm = columnNorm(a, m, n, j, k);
    if (norm > largest) {
      largest = norm;
      best = j;
    }
  }
  if (best === k) return;
  for (let i = 0; i < m; i++) {
    const kept = a[i * n + k];
    a[i * n + k] = a[i * n + best];
    a[i * n + best] = kept;
  }
  [order[k], order[best]] = [order[best], order[k]];
}

function columnNorm(a: Float64Array, m: number, n: number, j: number, from: number): number {
  let sum = 0;
  for (let i = from; i < m; i++) sum += a[i * n + j] * a[i * n + j];
  return Math.sqrt(sum);
}

function sortRows(a: Float64Array, b: Float64Array, m: number, n: number): void {
  const size = new Float64Array(m);
  for (let i = 0; i < m; i++) for (let j = 0; j < n; j++) size[i] = Math.max(size[i], Math.abs(a[i * n + j]));
  for (let i = 0; i < m; i++) {
    let best = i;
    for (let r = i + 1; r < m; r++) if (size[r] > size[best]) best = r;
    if (best === i) continue;
    [size[i], size[best]] = [size[best], size[i]];
    [b[i], b[best]] = [b[best], b[i]];
    for (let j = 0; j < n; j++) {
      const kept = a[i * n + j];
      a[i * n + j] = a[best * n + j];
      a[best * n + j] = kept;
    }
  }
}
