// An exact linear program solver: the simplex method in integers, for the small programs of the polytopes.

/** Optimum of max sum(x) with A x <= b, x >= 0: everything is to be divided by `den`. */
export interface ExactOptimum {
  value: bigint;
  /** Primal solution. */
  x: bigint[];
  /** Dual solution, one per row: y >= 0, y A >= 1, y b = value. */
  y: bigint[];
  den: bigint;
}

/**
 * Maximises sum(x) subject to A x <= b, x >= 0 with b >= 0, exactly. Fraction-free pivots (Edmonds 1967; Avis's lrs) on a
 * condensed tableau and Bland's rule (Bland 1977), which never cycles.
 * @param matrix rows of A, integers
 * @param right b, non-negative integers
 */
export function maximiseSum(matrix: readonly (readonly number[])[], right: readonly bigint[]): ExactOptimum {
  const m = matrix.length;
  const n = matrix[0].length;
  // Row r: den * (basic variable) + sum_j t[r][j] * (non-basic variable j) = t[r][n]. Row m is the objective.
  const t: bigint[][] = matrix.map((row, r) => [...row.map((v) => BigInt(v)), right[r]]);
  t.push([...new Array<bigint>(n).fill(-1n), 0n]);
  const columns = Array.from({ length: n }, (_, j) => j);
  const rows = Array.from({ length: m }, (_, r) => n + r);
  let den = 1n;
  for (;;) {
    const column = entering(t[m], columns, n);
    if (column < 0) break;
    const row = leaving(t, rows, column, m, n);
    if (row < 0)
      throw new Error(
        'maximiseSum: expected a bounded program, got an unbounded one; every column needs a positive entry',
      );
    const pivot = t[row][column];
    for (let i = 0; i <= m; i++) {
      if (i === row) continue;
      const factor = t[i][column];
      for (let j = 0; j <= n; j++) if (j !== column) t[i][j] = (t[i][j] * pivot - factor * t[row][j]) / den;
      t[i][column] = -factor;
    }
    t[row][column] = den;
    den = pivot;
    [columns[column], rows[row]] = [rows[row], columns[column]];
  }
  const x = new Array<bigint>(n).fill(0n);
  const y = new Array<bigint>(m).fill(0n);
  rows.forEach((variable, r) => {
    if (variable < n) x[variable] = t[r][n];
  });
  columns.forEach((variable, j) => {
    if (variable >= n) y[variable - n] = t[m][j];
  });
  return { value: t[m][n], x, y, den };
}

/** Column of the lowest-numbered variable that improves the objective, or -1. */
function entering(objective: bigint[], columns: number[], n: number): number {
  let best = -1;
  for (let j = 0; j < n; j++) {
    if (objective[j] < 0n && (best < 0 || columns[j] < columns[best])) best = j;
  }
  return best;
}

/** Row of the smallest ratio, lowest-numbered variable on ties, or -1. */
function leaving(t: bigint[][], rows: number[], column: number, m: number, n: number): number {
  let best = -1;
  for (let r = 0; r < m; r++) {
    if (t[r][column] <= 0n) continue;
    if (best < 0) {
      best = r;
      continue;
    }
    const d = t[r][n] * t[best][column] - t[best][n] * t[r][column];
    if (d < 0n || (d === 0n && rows[r] < rows[best])) best = r;
  }
  return best;
}
