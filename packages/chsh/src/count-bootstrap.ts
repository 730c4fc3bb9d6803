// Seeded bootstrap of counts: resamples each setting's multinomial to see how far Delta and s_odd - Delta - 2 may wander.

import { cbd, delta } from './contextuality.ts';
import { correlations, marginals, sOdd } from './correlations.ts';
import { type Counts, settingTotals } from './counts.ts';
import { type InfluenceBootstrap, summarise } from './influence-bootstrap.ts';
import { randomUnit, seedKey } from './numeric/random.ts';

/** Above this variance a binomial variate is drawn as a rounded normal one; the bootstrap is no finer than that. */
const NORMAL_VARIANCE = 50;

/**
 * Multinomial bootstrap (Efron 1979) within each setting: intervals of Delta and of s_odd - Delta - 2, and the p-value of
 * H0: s_odd - Delta - 2 <= 0. The cost does not depend on the number of trials.
 */
export function bootstrapCounts(counts: Counts, seed: number, resamples: number, alpha: number): InfluenceBootstrap {
  const totals = settingTotals(counts);
  const key = seedKey(seed);
  let draw = 0;
  const uniform = () => randomUnit(key, draw++);
  const deltas = new Float64Array(resamples);
  const excesses = new Float64Array(resamples);
  const sample = new Array<number>(16).fill(0);
  for (let b = 0; b < resamples; b++) {
    for (let s = 0; s < 4; s++) {
      let left = totals[s];
      let weight = totals[s];
      for (let o = 0; o < 3; o++) {
        const n = counts[4 * s + o];
        const taken = weight > 0 ? binomial(left, n / weight, uniform) : 0;
        sample[4 * s + o] = taken;
        left -= taken;
        weight -= n;
      }
      sample[4 * s + 3] = left;
    }
    deltas[b] = delta(marginals(sample));
    excesses[b] = cbd(sOdd(correlations(sample)), deltas[b]);
  }
  const shift = delta(marginals(counts));
  return summarise(deltas, excesses, { delta: shift, cbd: cbd(sOdd(correlations(counts)), shift) }, alpha);
}

function binomial(n: number, p: number, uniform: () => number): number {
  if (n === 0 || p <= 0) return 0;
  if (p >= 1) return n;
  if (p > 0.5) return n - binomial(n, 1 - p, uniform);
  const variance = n * p * (1 - p);
  if (variance > NORMAL_VARIANCE) {
    const normal = Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
    return Math.min(n, Math.max(0, Math.round(n * p + Math.sqrt(variance) * normal)));
  }
  // Inversion by sequential search (Kachitvichyanukul, Schmeiser 1988).
  let term = Math.exp(n * Math.log1p(-p));
  let u = uniform();
  let k = 0;
  while (u > term && k < n) {
    u -= term;
    k += 1;
    term *= ((n - k + 1) / k) * (p / (1 - p));
  }
  return k;
}
