// Classical multidimensional scaling (Torgerson 1952): points whose distances are given, by the eigenvectors of their Gram matrix.

export interface Scaling {
  /** [points][dimensions], the widest dimension first; its sign is that of its largest coordinate, made positive. */
  coordinates: number[][];
  /** Share of the summed squared distances that each dimension carries. */
  shares: number[];
}

/**
 * @param squared squared distances, [points][points]
 * @param dimensions wanted, at most the points
 */
export function classicalScaling(squared: readonly (readonly number[])[], dimensions: number): Scaling {
  const n = squared.length;
  const rowMeans = squared.map((row) => row.reduce((sum, value) => sum + value, 0) / n);
  const mean = rowMeans.reduce((sum, value) => sum + value, 0) / n;
  const gram = squared.map((row, i) => row.map((value, j) => (rowMeans[i] + rowMeans[j] - value - mean) / 2));
  const trace = gram.reduce((sum, row, i) => sum + row[i], 0);
  const { values, vectors } = symmetricEigen(gram);
  const order = values.map((_, k) => k).sort((a, b) => values[b] - values[a]);
  const kept = order.slice(0, dimensions);
  const columns = kept.map((k) => {
    const scale = Math.sqrt(Math.max(0, values[k]));
    const column = vectors.map((row) => row[k] * scale);
    const far = column.reduce((best, value) => (Math.abs(value) > Math.abs(best) ? value : best), 0);
    return far < 0 ? column.map((value) => -value) : column;
  });
  return {
    coordinates: squared.map((_, i) => columns.map((column) => column[i])),
    shares: kept.map((k) => Math.max(0, values[k]) / trace),
  };
}

/** Eigenvalues and eigenvectors (columns) of a symmetric matrix by Jacobi's rotations (Golub and Van Loan 2013, section 8.5). */
export function symmetricEigen(matrix: readonly (readonly number[])[]): { values: number[]; vectors: number[][] } {
  const n = matrix.length;
  const a = matrix.map((row) => [...row]);
  const vectors = matrix.map((_, i) => matrix.map((__, j) => Number(i === j)));
  const size = Math.sqrt(a.flat().reduce((sum, value) => sum + value * value, 0));
  for (let sweep = 0; sweep < 60; sweep++) {
    let off = 0;
    for (let p = 0; p < n; p++) {
      for (let q = p + 1; q < n; q++) {
        off = Math.max(off, Math.abs(a[p][q]));
        if (Math.abs(a[p][q]) > 1e-15 * size) rotate(a, vectors, p, q);
      }
    }
    if (off <= 1e-14 * size) break;
  }
  return { values: a.map((row, i) => row[i]), vectors };
}

/** The rotation of rows and columns p and q that makes a[p][q] zero. */
function rotate(a: number[][], vectors: number[][], p: number, q: number): void {
  const theta = (a[q][q] - a[p][p]) / (2 * a[p][q]);
  const t = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
  const c = 1 / Math.sqrt(t * t + 1);
  const s = t * c;
  for (const row of a) turn(row, p, q, c, s);
  for (let k = 0; k < a.length; k++) {
    const [x, y] = [a[p][k], a[q][k]];
    a[p][k] = c * x - s * y;
    a[q][k] = s * x + c * y;
  }
  for (const row of vectors) turn(row, p, q, c, s);
}

function turn(row: number[], p: number, q: number, c: number, s: number): void {
  const [x, y] = [row[p], row[q]];
  row[p] = c * x - s * y;
  row[q] = s * x + c * y;
}
