// A fitted positive constant with its interval, and the checks and measures that all fits share.

import { fail } from './two-points.ts';

/** A positive constant fitted in its logarithm. */
export interface Estimate {
  value: number;
  /** Standard error of ln(value), so about the relative standard error. */
  logError: number;
  /** 95 % interval value exp(+- t logError), t from Student's distribution. */
  low: number;
  high: number;
}

/** The estimate whose logarithm has this variance, for a residual with so many degrees of freedom. */
export function estimate(logValue: number, variance: number, degreesOfFreedom: number): Estimate {
  const logError = Math.sqrt(variance);
  const reach = studentQuantile(degreesOfFreedom) * logError;
  return { value: Math.exp(logValue), logError, low: Math.exp(logValue - reach), high: Math.exp(logValue + reach) };
}

/**
 * The 97.5 % quantile of Student's t by Fisher's expansion (Abramowitz and Stegun 1964, 26.7.5): within 1e-3 from 5
 * degrees of freedom on, within 0.03 from 3.
 */
export function studentQuantile(degreesOfFreedom: number): number {
  const z = 1.959963984540054;
  const v = 1 / degreesOfFreedom;
  const g1 = (z ** 3 + z) / 4;
  const g2 = (5 * z ** 5 + 16 * z ** 3 + 3 * z) / 96;
  const g3 = (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / 384;
  const g4 = (79 * z ** 9 + 776 * z ** 7 + 1482 * z ** 5 - 1920 * z ** 3 - 945 * z) / 92160;
  return z + v * (g1 + v * (g2 + v * (g3 + v * g4)));
}

/** R^2 = 1 - sum (observed - predicted)^2 / sum (observed - mean)^2; NaN for a constant curve. */
export function rSquared(observed: ArrayLike<number>, predicted: ArrayLike<number>): number {
  // Differences to the first value, so that the mean of a constant curve has no rounding.
  let shift = 0;
  for (let i = 0; i < observed.length; i++) shift += (observed[i] - observed[0]) / observed.length;
  const mean = observed[0] + shift;
  let residual = 0;
  let total = 0;
  for (let i = 0; i < observed.length; i++) {
    residual += (observed[i] - predicted[i]) ** 2;
    total += (observed[i] - mean) ** 2;
  }
  return total > 0 ? 1 - residual / total : Number.NaN;
}

/** @throws one line on columns of unequal length, fewer than 3 rows, gaps, or times that do not increase */
export function checkColumns(who: string, columns: Record<string, ArrayLike<number>>): void {
  const rows = columns.t.length;
  if (rows < 3) fail(who, '3 rows or more', rows, 'record more times');
  for (const [name, column] of Object.entries(columns)) {
    if (column.length !== rows)
      fail(who, `${rows} values of ${name}, as many as times`, column.length, 'pass one value per time');
    for (let i = 0; i < rows; i++) {
      if (!Number.isFinite(column[i]))
        fail(who, `finite ${name}`, `${column[i]} in row ${i}`, 'drop the row or the run');
      if (name === 't' && i > 0 && !(column[i] > column[i - 1])) {
        fail(who, 'increasing times', `t = ${column[i]} after ${column[i - 1]} in row ${i}`, 'sort the rows');
      }
    }
  }
}

/** Times from 0 on, and the reach and the finest resolution of a recording. */
export function relativeTimes(t: ArrayLike<number>): { times: Float64Array; span: number; finest: number } {
  const times = Float64Array.from(t, (value) => value - t[0]);
  let finest = Number.POSITIVE_INFINITY;
  for (let i = 1; i < times.length; i++) finest = Math.min(finest, times[i] - times[i - 1]);
  return { times, span: times[times.length - 1], finest };
}

/** `count` numbers from low to high, equally spaced in the logarithm. */
export function logSpaced(low: number, high: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => low * (high / low) ** (i / Math.max(1, count - 1)));
}
