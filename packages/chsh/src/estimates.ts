// Point estimates from counts with standard errors: S, the CH-Eberhard J, and both with the no-signalling constraints used.

import { chshS, correlations } from './correlations.ts';
import { type Counts, checkCounts, frequencies, settingTotals } from './counts.ts';
import { components } from './numeric/eigen.ts';
import { leastSquares } from './numeric/least-squares.ts';
import { normalTail } from './numeric/normal.ts';
import { aliceSign, bobSign, CHSH_SIGNS } from './polytope.ts';

/** A number and its standard error for independent trials. */
export interface Estimate {
  value: number;
  se: number;
}

/** Coefficients of S and of J on the 16 probabilities p(ab | xy). */
const S_COEFFICIENTS = Array.from({ length: 16 }, (_, i) => CHSH_SIGNS[0][i >> 2] * aliceSign(i) * bobSign(i));
const J_COEFFICIENTS = Array.from({ length: 16 }, (_, i) => (i === 0 ? 1 : i === 5 || i === 10 || i === 12 ? -1 : 0));

/** The four no-signalling contrasts P(+) in one context minus P(+) in the other, order a1, a2, b1, b2; rows of 16. */
export const CONTRASTS: readonly (readonly number[])[] = [
  contrast(0, 1, aliceSign),
  contrast(2, 3, aliceSign),
  contrast(0, 2, bobSign),
  contrast(1, 3, bobSign),
];

/**
 * S = E11 + E12 + E21 - E22 and its standard error, Var S = sum_xy (1 - E_xy^2) / n_xy.
 * Source: Clauser, Horne, Shimony, Holt 1969.
 */
export function estimateS(counts: Counts): Estimate {
  const e = correlations(counts);
  const totals = settingTotals(counts);
  return { value: chshS(e), se: Math.sqrt(e.reduce((sum, v, s) => sum + (1 - v * v) / totals[s], 0)) };
}

/**
 * P(Z > (S - 2)/se), the textbook p-value of S <= 2: for independent trials and many of them only, no guard holds.
 * Given for comparison with published values; verdicts use the exact binomial p-value. se = 0 gives 0 or 1.
 */
export function normalPValue(s: Estimate): number {
  if (s.se === 0) return s.value > 2 ? 0 : 1;
  return normalTail((s.value - 2) / s.se);
}

/**
 * J = p++(11) - p+-(12) - p-+(21) - p++(22), <= 0 for local models, and its standard error.
 * Without signalling S = 2 + 4 J. Source: Clauser, Horne 1974; Eberhard 1993.
 */
export function estimateJ(counts: Counts): Estimate {
  checkCounts(counts, 'estimateJ');
  const p = frequencies(counts);
  const variance = multinomialProducts(counts, p, [J_COEFFICIENTS]);
  return { value: dot(J_COEFFICIENTS, p), se: Math.sqrt(Math.max(0, variance[0])) };
}

/**
 * Generalised least squares estimate of S under no-signalling:
 * S~ = s.p - s Sigma D' (D Sigma D')^-1 D p with variance s Sigma s' - s Sigma D' (D Sigma D')^-1 D Sigma s',
 * Sigma = blockdiag((diag p - p p') / n_xy), D the four no-signalling contrasts. Contrasts without variance
 * are left out if they do not shift and get smoothed frequencies in Sigma if they do. S~ = 2 + 4 J~ exactly. Source: Gill 2022 (arXiv 2209.00702).
 */
export function estimateSGls(counts: Counts): Estimate {
  return generalisedLeastSquares(counts, S_COEFFICIENTS, 'estimateSGls');
}

/** Generalised least squares estimate of J under no-signalling (Gill 2022, arXiv 2209.00702); see `estimateSGls`. */
export function estimateJGls(counts: Counts): Estimate {
  return generalisedLeastSquares(counts, J_COEFFICIENTS, 'estimateJGls');
}

/**
 * The matrix v_i Sigma v_j' of the given coefficient vectors (row-major), Sigma the covariance of the 16 frequencies.
 */
export function multinomialProducts(
  counts: Counts,
  p: Float64Array,
  vectors: readonly (readonly number[])[],
): Float64Array {
  const totals = settingTotals(counts);
  const k = vectors.length;
  const result = new Float64Array(k * k);
  for (let s = 0; s < 4; s++) {
    const cells = [4 * s, 4 * s + 1, 4 * s + 2, 4 * s + 3];
    const means = vectors.map((v) => cells.reduce((sum, i) => sum + v[i] * p[i], 0));
    for (let a = 0; a < k; a++) {
      for (let b = 0; b < k; b++) {
        // Centred products: no cancellation when one outcome has nearly all the weight.
        const sum = cells.reduce((t, i) => t + p[i] * (vectors[a][i] - means[a]) * (vectors[b][i] - means[b]), 0);
        result[a * k + b] += sum / totals[s];
      }
    }
  }
  return result;
}

function generalisedLeastSquares(counts: Counts, target: readonly number[], who: string): Estimate {
  checkCounts(counts, who);
  const p = frequencies(counts);
  const shifts = CONTRASTS.map((c) => dot(c, p));
  // A contrast that shifts without variance contradicts no-signalling outright: covariances then come from frequencies
  // smoothed by a quarter of a trial per cell.
  const parts = components(multinomialProducts(counts, p, CONTRASTS), 4);
  const impossible = parts.some((c) => c.variance === 0 && Math.abs(weighted(c.vector, shifts)) > 1e-9);
  const q = impossible ? smoothed(counts) : p;
  // Sigma = G G' with a row of G per cell, so that the regression is a least squares problem and loses no digits.
  const totals = settingTotals(counts);
  const root = (v: readonly number[]) => {
    const means = [0, 4, 8, 12].map(
      (s) => v[s] * q[s] + v[s + 1] * q[s + 1] + v[s + 2] * q[s + 2] + v[s + 3] * q[s + 3],
    );
    return v.map((c, i) => Math.sqrt(q[i] / totals[i >> 2]) * (c - means[i >> 2]));
  };
  const columns = CONTRASTS.map(root);
  const right = root(target);
  const matrix = Float64Array.from({ length: 64 }, (_, i) => columns[i & 3][i >> 2]);
  const slopes = leastSquares(matrix, Float64Array.from(right), 16, 4);
  const residual = right.map((v, i) => v - columns.reduce((sum, c, k) => sum + slopes[k] * c[i], 0));
  return { value: dot(target, p) - weighted(slopes, shifts), se: Math.hypot(...residual) };
}

function weighted(weights: ArrayLike<number>, values: readonly number[]): number {
  return values.reduce((sum, v, i) => sum + weights[i] * v, 0);
}

function smoothed(counts: Counts): Float64Array {
  const totals = settingTotals(counts);
  return Float64Array.from({ length: 16 }, (_, i) => (counts[i] + 0.25) / (totals[i >> 2] + 1));
}

function contrast(first: number, second: number, sign: (cell: number) => number): number[] {
  return Array.from({ length: 16 }, (_, i) => {
    if (sign(i) < 0) return 0;
    return i >> 2 === first ? 1 : i >> 2 === second ? -1 : 0;
  });
}

/** Sum of products of two vectors of 16. */
export function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < 16; i++) sum += a[i] * b[i];
  return sum;
}
