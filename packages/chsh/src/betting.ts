// Interval and p-value for the mean of bounded values by betting (Waudby-Smith and Ramdas 2024): valid for any distribution.

import { checkAlpha, checkValues, meanAndSd } from './moments.ts';

/** Bounds of the values, and the level that sizes the bets. */
export interface BettingOptions {
  lower: number;
  upper: number;
  /** Two-sided error of the interval; default 0.05. It also sizes the bets of the p-value. */
  alpha?: number;
}

/** A bet is cut so that no single value can cost more than this share of the capital (c of Waudby-Smith and Ramdas 2024; they advise 1/2 or 3/4). */
const TRUNCATION = 0.75;

const BISECTIONS = 46;

/**
 * Confidence interval of level 1 - alpha for the mean of values in [lower, upper]: all m whose hedged capital
 * max_t max(K+_t(m), K-_t(m)) / 2 stays below 1/alpha, with K+-_t(m) = prod_{i<=t} (1 +- lambda_i(m) (x_i - m)), the
 * predictable plug-in bets lambda_i = sqrt(2 log(2/alpha) / (n v_{i-1})), v the running variance estimate with prior 1/4,
 * truncated at 0.75/m and 0.75/(1 - m) (x and m scaled to [0, 1]). It assumes that each value has the same
 * conditional mean given the earlier ones, nothing else: it also holds when nearly all values agree.
 * The running maximum over t can reject the sample mean itself (an early run of values unlike the later ones); the
 * interval is widened to contain it, which only adds coverage, so limits never cross. Values are used in the order given. Source: Waudby-Smith, Ramdas 2024 (JRSS B 86), section 4, the hedged capital process.
 * @throws one line on empty, non-finite or out-of-bounds input
 */
export function bettingInterval(values: ArrayLike<number>, options: BettingOptions): [number, number] {
  const alpha = options.alpha ?? 0.05;
  const { x, bets, mean } = prepare(values, options, alpha, 'bettingInterval');
  const threshold = 2 / alpha;
  const low = lowestMean(x, bets, threshold);
  const high =
    1 -
    lowestMean(
      x.map((v) => 1 - v),
      bets,
      threshold,
    );
  const width = options.upper - options.lower;
  return [
    Math.min(mean, Math.max(options.lower, options.lower + width * low)),
    Math.max(mean, Math.min(options.upper, options.lower + width * high)),
  ];
}

/**
 * p-value for H0: mean <= mean0, one-sided: 1 / max_t K+_t(mean0) with the same bets as `bettingInterval`, 1 where the
 * sample mean is not above mean0. By Ville's inequality P(p <= u) <= u, whatever the distribution, for a number of values
 * fixed in advance: it sizes the bets, so looking again and again while values come in is not covered.
 * It agrees with the interval: 2 p < alpha exactly when the interval's lower limit is above mean0 (same alpha).
 * Source: Waudby-Smith, Ramdas 2024.
 * @throws one line on empty, non-finite or out-of-bounds input
 */
export function bettingPValue(values: ArrayLike<number>, options: BettingOptions & { mean0: number }): number {
  const { x, bets, mean } = prepare(values, options, options.alpha ?? 0.05, 'bettingPValue');
  const m = (options.mean0 - options.lower) / (options.upper - options.lower);
  if (m >= 1 || mean <= options.mean0) return 1;
  if (m < 0) return 0;
  return Math.min(1, Math.exp(-maxLogCapital(x, bets, m)));
}

/**
 * Largest mean log growth of capital per value when betting against H0: mean <= mean0, in nats:
 * D = max over 0 <= lambda <= 0.75/m of mean log(1 + lambda (x - m)). The number of values needed to reject at level
 * alpha is about log(1/alpha) / D (Kelly 1956; Honda, Takemura 2010 show that D is the least Kullback-Leibler divergence to H0).
 * 0 when the mean of the values is not above mean0.
 */
export function bettingGrowth(values: ArrayLike<number>, options: BettingOptions & { mean0: number }): number {
  const { x } = prepare(values, options, options.alpha ?? 0.05, 'bettingGrowth');
  const m = (options.mean0 - options.lower) / (options.upper - options.lower);
  const slope = (lambda: number) => {
    let sum = 0;
    for (let i = 0; i < x.length; i++) sum += (x[i] - m) / (1 + lambda * (x[i] - m));
    return sum;
  };
  if (!(slope(0) > 1e-12 * x.length)) return 0;
  let low = 0;
  let high = TRUNCATION / m;
  if (slope(high) < 0) {
    for (let i = 0; i < 24; i++) {
      const mid = (low + high) / 2;
      if (slope(mid) > 0) low = mid;
      else high = mid;
    }
  }
  let growth = 0;
  for (let i = 0; i < x.length; i++) growth += Math.log1p(high * (x[i] - m));
  return growth / x.length;
}

interface Prepared {
  /** Values scaled to [0, 1]. */
  x: Float64Array;
  /** Untruncated bets, predictable: the i-th uses values before the i-th only. */
  bets: Float64Array;
  /** Of the values as given. */
  mean: number;
}

function prepare(values: ArrayLike<number>, options: BettingOptions, alpha: number, who: string): Prepared {
  checkValues(values, who);
  checkAlpha(alpha, who);
  const { lower, upper } = options;
  if (!(upper > lower))
    throw new Error(`${who}: expected lower < upper, got ${lower} and ${upper}; give the range of the values`);
  const n = values.length;
  const x = new Float64Array(n);
  const bets = new Float64Array(n);
  const slack = 1e-9 * (upper - lower);
  const scale = (2 * Math.log(2 / alpha)) / n;
  let sum = 0.5;
  let squares = 0.25;
  for (let i = 0; i < n; i++) {
    const value = values[i];
    if (value < lower - slack || value > upper + slack) {
      throw new Error(
        `${who}: expected values from ${lower} to ${upper}, got ${value} at position ${i}; give the true bounds`,
      );
    }
    x[i] = Math.min(1, Math.max(0, (value - lower) / (upper - lower)));
    bets[i] = Math.sqrt((scale * (i + 1)) / squares);
    sum += x[i];
    const d = x[i] - sum / (i + 2);
    squares += d * d;
  }
  return { x, bets, mean: meanAndSd(values).mean };
}

/** Smallest mean (scaled) that the bets upwards do not reject: K+ decreases in m, so bisection finds it. */
function lowestMean(x: Float64Array, bets: Float64Array, threshold: number): number {
  if (!reaches(x, bets, 0, threshold)) return 0;
  let low = 0;
  let high = 1;
  for (let i = 0; i < BISECTIONS; i++) {
    const mid = (low + high) / 2;
    if (reaches(x, bets, mid, threshold)) low = mid;
    else high = mid;
  }
  return low;
}

function reaches(x: Float64Array, bets: Float64Array, m: number, threshold: number): boolean {
  const cap = TRUNCATION / m;
  let capital = 1;
  for (let i = 0; i < x.length; i++) {
    const bet = bets[i] < cap ? bets[i] : cap;
    capital *= 1 + bet * (x[i] - m);
    if (capital >= threshold) return true;
  }
  return false;
}

function maxLogCapital(x: Float64Array, bets: Float64Array, m: number): number {
  const cap = TRUNCATION / m;
  let base = 0;
  let capital = 1;
  let best = 0;
  for (let i = 0; i < x.length; i++) {
    const bet = bets[i] < cap ? bets[i] : cap;
    capital *= 1 + bet * (x[i] - m);
    if (capital > 1e100 || capital < 1e-100) {
      base += Math.log(capital);
      capital = 1;
    }
    if (base > 0 || capital > 1) best = Math.max(best, base + Math.log(capital));
  }
  return best;
}
