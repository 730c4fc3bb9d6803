// Student's t interval of a mean.

import { checkAlpha, checkValues, meanAndSd } from './moments.ts';
import { studentQuantile } from './numeric/beta.ts';

/**
 * mean +- t(1 - alpha/2, n - 1) sd / sqrt(n), the two-sided interval of level 1 - alpha. One value gives [-Infinity, Infinity].
 * Beware of near-deterministic samples: when all values agree its width is 0, and it can cover far below its level.
 * Source: Student 1908.
 * @throws one line on empty or non-finite input
 */
export function tInterval(values: ArrayLike<number>, alpha = 0.05): [number, number] {
  checkValues(values, 'tInterval');
  checkAlpha(alpha, 'tInterval');
  const n = values.length;
  if (n === 1) return [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  const { mean, sd } = meanAndSd(values);
  if (sd === 0) return [mean, mean];
  const half = (studentQuantile(alpha / 2, n - 1) * sd) / Math.sqrt(n);
  return [mean - half, mean + half];
}
