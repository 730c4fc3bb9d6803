// Tests of no-signalling on counts: does an outcome's frequency depend on the other party's setting?

import { type Counts, checkCounts, frequencies, settingTotals } from './counts.ts';
import { CONTRASTS, dot, multinomialProducts } from './estimates.ts';
import { divergence, projections } from './likelihood.ts';
import { components } from './numeric/eigen.ts';
import { chiSquareTail } from './numeric/gamma.ts';

/** Joint test and the four z's; `likelihoodRatio` says that the statistic is 2 N KL because Wald's was infinite. */
export interface NoSignallingTest {
  chi2: number;
  df: number;
  p: number;
  /** Two-proportion z of a1, a2, b1, b2: P(+) in the context with the other party's 1 minus that with its 2. */
  z: [number, number, number, number];
  likelihoodRatio: boolean;
}

/**
 * Joint Wald test: chi^2 = (D p)' (D Sigma D')^+ D p with the full multinomial covariance Sigma and the four contrasts D;
 * df = number of contrasts that vary, 4 unless the table is nearly deterministic.
 * If a contrast is non-zero without any variance (the Wald statistic would be infinite after one trial), the
 * likelihood ratio 2 N min KL(f || no-signalling) with 4 df takes its place: it grows with N as it should.
 * z_i = (p1 - p2) / sqrt(p (1 - p) (1/n1 + 1/n2)) with the pooled p. Sources: Wald 1943; Wilks 1938; Gill 2022.
 */
export function noSignallingTest(counts: Counts): NoSignallingTest {
  checkCounts(counts, 'noSignallingTest');
  const p = frequencies(counts);
  const shifts = CONTRASTS.map((c) => dot(c, p));
  const z = zScores(counts, p, shifts);
  let chi2 = 0;
  let df = 0;
  for (const { vector, variance } of components(multinomialProducts(counts, p, CONTRASTS), 4)) {
    const shift = vector.reduce((sum, v, j) => sum + v * shifts[j], 0);
    if (variance > 0) {
      chi2 += (shift * shift) / variance;
      df += 1;
    } else if (Math.abs(shift) > 1e-9) {
      return { ...likelihoodRatioTest(counts, p), z, likelihoodRatio: true };
    }
  }
  return { chi2, df, p: df === 0 ? 1 : chiSquareTail(chi2, df), z, likelihoodRatio: false };
}

function likelihoodRatioTest(counts: Counts, p: Float64Array): { chi2: number; df: number; p: number } {
  const n = settingTotals(counts).reduce((sum, t) => sum + t, 0);
  const weights = Float64Array.from({ length: 16 }, (_, i) => counts[i] / n);
  const chi2 = 2 * n * divergence(weights, p, projections(weights).noSignalling);
  return { chi2, df: 4, p: chiSquareTail(chi2, 4) };
}

function zScores(counts: Counts, p: Float64Array, shifts: number[]): [number, number, number, number] {
  const totals = settingTotals(counts);
  const z = CONTRASTS.map((c, k) => {
    const settings = [0, 1, 2, 3].filter((s) => [0, 1, 2, 3].some((o) => c[4 * s + o] !== 0));
    const plus = settings.map((s) => [0, 1, 2, 3].reduce((sum, o) => sum + Math.abs(c[4 * s + o]) * p[4 * s + o], 0));
    const [n1, n2] = settings.map((s) => totals[s]);
    const pooled = (plus[0] * n1 + plus[1] * n2) / (n1 + n2);
    const variance = pooled * (1 - pooled) * (1 / n1 + 1 / n2);
    return variance > 1e-300 ? shifts[k] / Math.sqrt(variance) : 0;
  });
  return z as [number, number, number, number];
}
