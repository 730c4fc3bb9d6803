// Hotelling's T^2: are the means of several differences, measured on the same replicas, all zero?

import { checkValues } from './moments.ts';
import { fisherTail } from './numeric/beta.ts';
import { components } from './numeric/eigen.ts';

/** Result of `hotelling`; df1 is the number of directions in which the differences vary. */
export interface Hotelling {
  t2: number;
  f: number;
  df1: number;
  df2: number;
  /** null where there are too few rows to test anything. */
  p: number | null;
}

/** Differences whose variance or mean is not above these are constant or zero up to rounding. */
const NULL_VARIANCE = 1e-24;
const NULL_MEAN = 1e-9;

/**
 * T^2 = R d' C^-1 d of the mean difference d (C the covariance with R - 1) in the k directions in which the differences
 * vary; F = T^2 (R - k) / (k (R - 1)) is compared with F(k, R - k). Source: Hotelling 1931.
 * Directions without variance are dropped if their mean is zero too. If such a direction is constant but not zero, p = 0
 * is the limit of vanishing noise and is what comes back (t2 = f = Infinity). All differences zero: p = 1, df1 = 0.
 * With R <= columns the covariance is singular for want of data and nothing is tested: p = null, t2 = f = NaN, df1 = df2 = 0.
 * @param differences row-major, one row per replica
 * @param columns differences per replica, default 4 (a1, a2, b1, b2 between their two contexts)
 * @throws one line on empty, ragged or non-finite input
 */
export function hotelling(differences: ArrayLike<number>, columns = 4): Hotelling {
  checkValues(differences, 'hotelling');
  const rows = differences.length / columns;
  if (!Number.isInteger(rows)) {
    throw new Error(
      `hotelling: expected a multiple of ${columns} numbers, got ${differences.length}; pass one row per replica`,
    );
  }
  const mean = new Array<number>(columns).fill(0);
  for (let at = 0; at < differences.length; at += columns) {
    for (let k = 0; k < columns; k++) mean[k] += differences[at + k] / rows;
  }
  if (rows <= columns) return { t2: Number.NaN, f: Number.NaN, df1: 0, df2: 0, p: null };
  if (everyBelow(differences, NULL_MEAN)) return { t2: 0, f: 0, df1: 0, df2: 0, p: 1 };
  let t2 = 0;
  let df1 = 0;
  for (const { vector, variance } of components(covariance(differences, mean, rows, columns), columns, NULL_VARIANCE)) {
    const projection = vector.reduce((sum, v, j) => sum + v * mean[j], 0);
    if (variance > 0) {
      t2 += (rows * projection * projection) / variance;
      df1 += 1;
    } else if (Math.abs(projection) > NULL_MEAN) {
      t2 = Number.POSITIVE_INFINITY;
    }
  }
  const df2 = rows - df1;
  if (t2 === Number.POSITIVE_INFINITY) return { t2, f: t2, df1, df2, p: 0 };
  if (df1 === 0) return { t2: 0, f: 0, df1: 0, df2: 0, p: 1 };
  const f = (t2 * df2) / (df1 * (rows - 1));
  return { t2, f, df1, df2, p: fisherTail(f, df1, df2) };
}

function everyBelow(values: ArrayLike<number>, limit: number): boolean {
  for (let i = 0; i < values.length; i++) if (Math.abs(values[i]) > limit) return false;
  return true;
}

function covariance(d: ArrayLike<number>, mean: number[], rows: number, columns: number): Float64Array {
  const c = new Float64Array(columns * columns);
  for (let r = 0; r < rows; r++) {
    for (let i = 0; i < columns; i++) {
      const di = d[r * columns + i] - mean[i];
      for (let j = i; j < columns; j++) c[i * columns + j] += di * (d[r * columns + j] - mean[j]);
    }
  }
  for (let i = 0; i < columns; i++) {
    for (let j = i; j < columns; j++) {
      c[i * columns + j] /= rows - 1;
      c[j * columns + i] = c[i * columns + j];
    }
  }
  return c;
}
