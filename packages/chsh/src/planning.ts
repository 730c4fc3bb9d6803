// Planning: how many trials of the CHSH game an expected S needs.

import { FAIR_BOUND } from './game.ts';
import { checkAlpha } from './moments.ts';
import { logBinomialTails } from './numeric/beta.ts';
import { normalQuantile } from './numeric/normal.ts';

/** Level, bound and, optionally, the chance with which the exact test shall reject. */
export interface PlanOptions {
  alpha?: number;
  beta?: number;
  /** Wanted chance that P(Bin(n, beta) >= wins) <= alpha; without it the plan has no power term. */
  power?: number;
}

/** KL(Bernoulli(w) || Bernoulli(beta)) in nats: weight of evidence per trial of the CHSH game (van Dam, Gill, Grunwald 2005). */
export function gameDivergence(w: number, beta: number = FAIR_BOUND): number {
  const loss = w === 1 ? 0 : (1 - w) * Math.log((1 - w) / (1 - beta));
  return w === 0 ? loss : w * Math.log(w / beta) + loss;
}

/**
 * Trials needed for an expected S at equal setting frequencies, w = (S + 4)/8 the chance to win.
 * Without power: n = ceil(ln(1/alpha) / KL(Bern w || Bern beta)) (van Dam, Gill, Grunwald 2005).
 * With power: an n at which the exact binomial test of level alpha rejects with at least that chance. The power is a
 * saw-tooth in n: this n is the first beyond which 16 consecutive n all reach it, near the smallest.
 * @throws one line unless (S + 4)/8 > beta
 */
export function trialsForS(S: number, options: PlanOptions = {}): number {
  const { alpha = 0.05, beta = FAIR_BOUND, power } = options;
  checkAlpha(alpha, 'trialsForS');
  const w = (S + 4) / 8;
  if (!(w > beta && w <= 1)) {
    throw new Error(
      `trialsForS: expected S above ${8 * beta - 4} and at most 4, got ${S}; a smaller S is within reach of local models`,
    );
  }
  if (power === undefined) return Math.ceil(Math.log(1 / alpha) / gameDivergence(w, beta));
  if (!(power > 0 && power < 1)) throw new Error(`trialsForS: expected power between 0 and 1, got ${power}; use 0.9`);
  const zAlpha = normalQuantile(alpha);
  const zPower = normalQuantile(1 - power);
  const spread = zAlpha * Math.sqrt(beta * (1 - beta)) + zPower * Math.sqrt(w * (1 - w));
  const reaches = (n: number) => exactPower(n, w, alpha, beta) >= power;
  let high = Math.max(4, Math.ceil((Math.max(spread, 0) / (w - beta)) ** 2));
  while (!reaches(high)) high = Math.ceil(high * 1.1) + 1;
  let low = 1;
  while (high - low > 16 && high - low > high / 1000) {
    const mid = Math.floor((low + high) / 2);
    if (reaches(mid)) high = mid;
    else low = mid;
  }
  let n = Math.max(1, low - 16);
  for (let run = 0; run < 16; n++) run = reaches(n) ? run + 1 : 0;
  return n - 16;
}

/** Chance that the exact binomial test of level alpha rejects after n trials won with chance w each. */
export function exactPower(n: number, w: number, alpha = 0.05, beta: number = FAIR_BOUND): number {
  checkAlpha(alpha, 'exactPower');
  const logAlpha = Math.log(alpha);
  let low = 0;
  let high = n + 1;
  while (high - low > 1) {
    const mid = Math.floor((low + high) / 2);
    if (logBinomialTails(mid, n, beta).upper <= logAlpha) high = mid;
    else low = mid;
  }
  return high > n ? 0 : Math.exp(logBinomialTails(high, n, w).upper);
}
