// Seeded bootstrap intervals for the mean over replicas: studentised and BCa.

import { checkAlpha, checkResamples, checkValues, meanAndSd } from './moments.ts';
import { normalCdf, normalQuantile } from './numeric/normal.ts';
import { random32, seedKey } from './numeric/random.ts';

/** Level, seed and number of resamples of a bootstrap. */
export interface BootstrapOptions {
  alpha?: number;
  seed?: number;
  resamples?: number;
}

/** Beyond this many values the means of consecutive groups of one size are resampled (at most as many as this). */
const GROUPS = 2048;

/**
 * Studentised (bootstrap-t) interval of level 1 - alpha for the mean: mean - t*_(1-alpha/2) se to mean - t*_(alpha/2) se, t* the
 * resampled (mean* - mean) / se*. Second-order accurate for smooth data; infinite on a side where resamples without
 * spread make t* infinite (near-deterministic replicas: use `bettingInterval`). Source: Efron 1982; Hall 1988.
 * @throws one line on empty or non-finite input
 */
export function studentisedInterval(values: ArrayLike<number>, options: BootstrapOptions = {}): [number, number] {
  const { x, mean, centre, sd, alpha, resamples, key } = prepare(values, options, 'studentisedInterval');
  const n = x.length;
  if (sd === 0) return [mean, mean];
  const t = new Float64Array(resamples);
  for (let b = 0, draw = 0; b < resamples; b++) {
    let sum = 0;
    let squares = 0;
    for (let i = 0; i < n; i++) {
      const d = x[Math.floor((random32(key, draw++) / 4294967296) * n)] - centre;
      sum += d;
      squares += d * d;
    }
    const variance = (squares - (sum * sum) / n) / (n - 1);
    const shift = sum / n;
    const se = Math.sqrt(Math.max(0, variance) / n);
    t[b] = se > 1e-12 * sd ? shift / se : Math.abs(shift) < 1e-12 * sd ? 0 : shift * Number.POSITIVE_INFINITY;
  }
  t.sort();
  const se = sd / Math.sqrt(n);
  return [mean - quantile(t, 1 - alpha / 2) * se, mean - quantile(t, alpha / 2) * se];
}

/**
 * BCa interval (bias-corrected and accelerated) of level 1 - alpha for the mean. Source: Efron 1987.
 * @throws one line on empty or non-finite input
 */
export function bcaInterval(values: ArrayLike<number>, options: BootstrapOptions = {}): [number, number] {
  const { x, mean, centre, sd, alpha, resamples, key } = prepare(values, options, 'bcaInterval');
  const n = x.length;
  if (sd === 0) return [mean, mean];
  const means = new Float64Array(resamples);
  let below = 0;
  for (let b = 0, draw = 0; b < resamples; b++) {
    let sum = 0;
    for (let i = 0; i < n; i++) sum += x[Math.floor((random32(key, draw++) / 4294967296) * n)] - centre;
    means[b] = sum / n;
    below += sum < -1e-12 ? 1 : sum > 1e-12 ? 0 : 0.5;
  }
  means.sort();
  let cubes = 0;
  let squares = 0;
  for (const v of x) {
    squares += (v - centre) ** 2;
    cubes += (v - centre) ** 3;
  }
  // For a mean the jackknife acceleration is the sample skewness over 6 sqrt(n).
  const acceleration = cubes / (6 * squares ** 1.5);
  const share = Math.min(1 - 0.5 / resamples, Math.max(0.5 / resamples, below / resamples));
  const z0 = -normalQuantile(share);
  const level = (tail: number) => {
    const z = z0 - normalQuantile(tail);
    return normalCdf(z0 + z / (1 - acceleration * z));
  };
  return [mean + quantile(means, level(alpha / 2)), mean + quantile(means, level(1 - alpha / 2))];
}

function prepare(values: ArrayLike<number>, options: BootstrapOptions, who: string) {
  const { alpha = 0.05, seed = 1, resamples = 1999 } = options;
  checkValues(values, who);
  checkAlpha(alpha, who);
  checkResamples(resamples, who);
  const x = grouped(values);
  const { mean: centre, sd } = meanAndSd(x);
  return { x, mean: meanAndSd(values).mean, centre, sd, alpha, resamples, key: seedKey(seed) };
}

/** Means of consecutive groups of one size; fewer than `size` values at the end are left out of the spread, not of the mean. */
function grouped(values: ArrayLike<number>): Float64Array {
  const size = Math.ceil(values.length / GROUPS);
  if (size === 1) return Float64Array.from(values);
  const count = Math.floor(values.length / size);
  return Float64Array.from({ length: count }, (_, g) => {
    let sum = 0;
    for (let i = g * size; i < (g + 1) * size; i++) sum += values[i];
    return sum / size;
  });
}

/** Order statistic at level q of sorted resamples, (B + 1) q rounded outwards. */
function quantile(sorted: Float64Array, q: number): number {
  const rank = q < 0.5 ? Math.floor((sorted.length + 1) * q) : Math.ceil((sorted.length + 1) * q);
  return sorted[Math.min(sorted.length, Math.max(1, rank)) - 1];
}
