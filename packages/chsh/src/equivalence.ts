// Equivalence of two sets of replicas at a stated margin: two one-sided tests.

import { checkAlpha, checkValues, meanAndSd } from './moments.ts';
import { studentQuantile, studentTail } from './numeric/beta.ts';

/** Result of `equivalence`. */
export interface Equivalence {
  /** mean(first) - mean(second). */
  difference: number;
  se: number;
  /** Welch-Satterthwaite degrees of freedom. */
  df: number;
  /** The larger of the two one-sided p-values of |difference| >= margin. */
  p: number;
  /** p < alpha: the means differ by less than the margin. */
  equivalent: boolean;
  /** Interval of level 1 - 2 alpha; it lies inside (-margin, margin) exactly when the test says equivalent. */
  interval: [number, number];
}

/**
 * TOST: rejects H0: |mean(first) - mean(second)| >= margin when both one-sided Welch t tests do. Without any variance the
 * limit is taken: p = 0 if the difference is inside the margin, else 1.
 * Sources: Schuirmann 1987; Welch 1947.
 * @throws one line on empty or non-finite input, fewer than two values in a set, or margin <= 0
 */
export function equivalence(
  first: ArrayLike<number>,
  second: ArrayLike<number>,
  options: { margin: number; alpha?: number },
): Equivalence {
  const { margin, alpha = 0.05 } = options;
  checkValues(first, 'equivalence (first)');
  checkValues(second, 'equivalence (second)');
  checkAlpha(alpha, 'equivalence');
  if (!(margin > 0))
    throw new Error(`equivalence: expected a margin above 0, got ${margin}; state the difference that does not matter`);
  if (first.length < 2 || second.length < 2) {
    throw new Error(
      `equivalence: expected at least 2 values in each set, got ${first.length} and ${second.length}; add replicas`,
    );
  }
  const a = meanAndSd(first);
  const b = meanAndSd(second);
  const va = (a.sd * a.sd) / first.length;
  const vb = (b.sd * b.sd) / second.length;
  const difference = a.mean - b.mean;
  const se = Math.sqrt(va + vb);
  if (se === 0) {
    const p = Math.abs(difference) < margin ? 0 : 1;
    return {
      difference,
      se,
      df: first.length + second.length - 2,
      p,
      equivalent: p === 0,
      interval: [difference, difference],
    };
  }
  const df = (va + vb) ** 2 / ((va * va) / (first.length - 1) + (vb * vb) / (second.length - 1));
  const p = Math.max(studentTail((difference + margin) / se, df), studentTail((margin - difference) / se, df));
  const half = studentQuantile(alpha, df) * se;
  return { difference, se, df, p, equivalent: p < alpha, interval: [difference - half, difference + half] };
}
