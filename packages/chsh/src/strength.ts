// How strongly a table speaks against local models: least Kullback-Leibler divergence, trials needed, Wilks' test.

import { type Counts, checkCounts, frequencies, settingTotals } from './counts.ts';
import { divergence, projections } from './likelihood.ts';
import { checkAlpha } from './moments.ts';
import { chiSquareTail } from './numeric/gamma.ts';

/** Divergences in bits per trial, and Wilks' likelihood-ratio test of local against no-signalling. */
export interface Strength {
  /** min KL(f || local) in bits per trial, settings weighted as observed. */
  klBits: number;
  /** min KL(f || no-signalling) in bits per trial. */
  klNoSignallingBits: number;
  wilks: { lr: number; p: number };
}

/**
 * D = min over local tables q of sum_xy pi_xy KL(f_xy || q_xy), pi the observed setting frequencies: the weight of
 * evidence per trial. Wilks' LR = 2 N (KL_local - KL_noSignalling) is asymptotically half a chi^2_1 for independent trials
 * at the boundary: p = P(chi^2_1 > LR) / 2, and 1 when the nearest no-signalling table is local.
 * Sources: van Dam, Gill, Grunwald 2005; Wilks 1938; Chernoff 1954 (the half).
 */
export function strength(counts: Counts): Strength {
  checkCounts(counts, 'strength');
  const n = settingTotals(counts).reduce((sum, t) => sum + t, 0);
  const weights = Float64Array.from({ length: 16 }, (_, i) => counts[i] / n);
  const f = frequencies(counts);
  const nearest = projections(weights);
  const local = divergence(weights, f, nearest.local);
  const noSignalling = divergence(weights, f, nearest.noSignalling);
  const lr = nearest.local === nearest.noSignalling ? 0 : Math.max(0, 2 * n * (local - noSignalling));
  return {
    klBits: local / Math.LN2,
    klNoSignallingBits: noSignalling / Math.LN2,
    wilks: { lr, p: lr === 0 ? 1 : chiSquareTail(lr, 1) / 2 },
  };
}

/**
 * min KL(f || local) in bits of a table p(ab | xy) of 16 probabilities at equal settings; Tsirelson's box .0463, PR box .4150.
 * Source: van Dam, Gill, Grunwald 2005.
 */
export function tableStrengthBits(table: ArrayLike<number>): number {
  const weights = Float64Array.from({ length: 16 }, (_, i) => table[i] / 4);
  return divergence(weights, table, projections(weights).local) / Math.LN2;
}

/** n = ceil(ln(1/alpha) / D), D in nats per trial: trials after which p = alpha is expected, without a power term. */
export function trialsForDivergence(nats: number, alpha = 0.05): number {
  checkAlpha(alpha, 'trialsForDivergence');
  return Math.ceil(Math.log(1 / alpha) / nats);
}
