// What both bootstraps of direct influence share: intervals of Delta and of s_odd - Delta - 2, and a p-value.

import { ROUNDING } from './contextuality.ts';
import { meanAndSd } from './moments.ts';
import { normalQuantile, normalTail } from './numeric/normal.ts';

/** Bootstrap intervals and the p-value of H0: s_odd - Delta - 2 <= 0. */
export interface InfluenceBootstrap {
  deltaCi: [number, number];
  cbdCi: [number, number];
  /** Doubled one-sided: pCbd < alpha exactly when the lower limit of cbdCi is above 0. Below 2 / (resamples + 1) a normal approximation. */
  pCbd: number;
}

/**
 * Intervals of level 1 - alpha from B resamples (sorted here): the hull of the percentile interval [q_lo, q_hi] and the
 * basic one [2 t - q_hi, 2 t - q_lo], t the estimate. Where |differences| near 0 bias resamples upwards the two lie on
 * either side of t and the hull keeps both limits safe; elsewhere they agree. pCbd is the larger of the two matching
 * p-values min(1, 2 (1 + #) / (B + 1)), # counting cbd* <= 0 and 2 cbd - cbd* <= 0.
 * Beyond the resolution 2 / (B + 1) resamples say nothing, and both are a normal approximation with the standard deviation
 * sd of the resamples: where both # are 0, pCbd = 2 P(Z > cbd / sd) if that is less (0 without spread, the limit of
 * vanishing noise), and an interval with alpha <= 2 / (B + 1) is the hull of all resamples and t -+ z sd.
 * Source: Efron 1979; Davison, Hinkley 1997, chapter 5 (basic interval) and section 4.2 (the + 1 of the p-value).
 */
export function summarise(
  deltas: Float64Array,
  excesses: Float64Array,
  estimate: { delta: number; cbd: number },
  alpha: number,
): InfluenceBootstrap {
  deltas.sort();
  excesses.sort();
  const resamples = deltas.length;
  let below = 0;
  while (below < resamples && excesses[below] <= 0) below++;
  let above = 0;
  while (above < resamples && 2 * estimate.cbd - excesses[resamples - 1 - above] <= ROUNDING) above++;
  const counted = Math.min(1, (2 * (1 + Math.max(below, above))) / (resamples + 1));
  const pCbd =
    Math.max(below, above) === 0 ? Math.min(counted, 2 * normalTail(estimate.cbd / meanAndSd(excesses).sd)) : counted;
  // Largest count that still gives pCbd < alpha: the order statistic at this index is the limit. Below 0 there is none.
  const index = Math.ceil((alpha * (resamples + 1)) / 2 - 1e-9) - 2;
  const hull = (v: Float64Array, t: number): [number, number] => {
    const low = v[Math.max(0, index)];
    const high = v[resamples - 1 - Math.max(0, index)];
    const normal = index < 0 ? normalQuantile(alpha / 2) * meanAndSd(v).sd : 0;
    return [zeroed(Math.min(low, 2 * t - high, t - normal)), zeroed(Math.max(high, 2 * t - low, t + normal))];
  };
  const [low, high] = hull(deltas, estimate.delta);
  return { deltaCi: [Math.max(0, low), high], cbdCi: hull(excesses, estimate.cbd), pCbd };
}

function zeroed(value: number): number {
  return Math.abs(value) <= ROUNDING ? 0 : value;
}
