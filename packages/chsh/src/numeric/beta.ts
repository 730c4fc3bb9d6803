// The regularised incomplete beta function and its inverse, and with them the binomial, Student t and F tails.

import { deviance, stirlingError } from './gamma.ts';

/** Both tails of a distribution as natural logarithms; the smaller one keeps full relative precision. */
export interface LogTails {
  lower: number;
  upper: number;
}

/**
 * log of C(n, k) p^k q^(n-k) for real 0 <= k <= n, q = 1 - p, by Loader's saddle-point expansion (Loader 2000):
 * no cancellation at n = 1e8 and beyond.
 */
export function logBinomialTerm(k: number, n: number, p: number, q: number): number {
  if (p === 0) return k === 0 ? 0 : Number.NEGATIVE_INFINITY;
  if (q === 0) return k === n ? 0 : Number.NEGATIVE_INFINITY;
  if (k === 0) return p < 0.1 ? n * Math.log1p(-p) : n * Math.log(q);
  if (k === n) return q < 0.1 ? n * Math.log1p(-q) : n * Math.log(p);
  const corrections = stirlingError(n) - stirlingError(k) - stirlingError(n - k);
  const deviances = deviance(k, n * p) + deviance(n - k, n * q);
  return corrections - deviances - 0.5 * (Math.log(2 * Math.PI) + Math.log(k) + Math.log1p(-k / n));
}

/**
 * Logarithms of I_x(a, b) (lower) and 1 - I_x(a, b) (upper), the regularised incomplete beta function, for a, b > 0.
 * Continued fraction with Lentz's method (Press et al., Numerical Recipes, 6.4.5-6.4.6).
 * @param y 1 - x, given when x is so near 1 that 1 - x would round
 */
export function logBetaTails(x: number, a: number, b: number, y: number = 1 - x): LogTails {
  if (x <= 0) return { lower: Number.NEGATIVE_INFINITY, upper: 0 };
  if (y <= 0) return { lower: 0, upper: Number.NEGATIVE_INFINITY };
  const logPrefactor = logBinomialTerm(a, a + b, x, y) + Math.log(b) - Math.log(a + b);
  if (x < (a + 1) / (a + b + 2)) {
    const lower = Math.min(0, logPrefactor + Math.log(continuedFraction(x, a, b)));
    return { lower, upper: log1mexp(lower) };
  }
  const logOther = logBinomialTerm(b, a + b, y, x) + Math.log(a) - Math.log(a + b);
  const upper = Math.min(0, logOther + Math.log(continuedFraction(y, b, a)));
  return { lower: log1mexp(upper), upper };
}

/** x with I_x(a, b) = p: Newton's method inside a shrinking bracket. */
export function betaQuantile(p: number, a: number, b: number): number {
  if (p <= 0) return 0;
  if (p >= 1) return 1;
  let low = 0;
  let high = 1;
  let x = a / (a + b);
  for (let i = 0; i < 200; i++) {
    const cdf = Math.exp(logBetaTails(x, a, b).lower);
    if (cdf < p) low = x;
    else high = x;
    const logDensity = logBinomialTerm(a, a + b, x, 1 - x) + Math.log(a) + Math.log(b) - Math.log(a + b);
    const step = (cdf - p) / Math.exp(logDensity - Math.log(x) - Math.log1p(-x));
    let next = x - step;
    if (!(next > low && next < high)) next = (low + high) / 2;
    if (Math.abs(next - x) <= 1e-16 * x || next === x) return next;
    x = next;
  }
  return x;
}

/** Logarithms of P(Bin(n, p) >= k) (upper) and of P(Bin(n, p) < k) (lower). */
export function logBinomialTails(k: number, n: number, p: number): LogTails {
  if (k <= 0) return { upper: 0, lower: Number.NEGATIVE_INFINITY };
  if (k > n) return { upper: Number.NEGATIVE_INFINITY, lower: 0 };
  const tails = logBetaTails(p, k, n - k + 1);
  return { upper: tails.lower, lower: tails.upper };
}

/** P(T > t) for Student's t with df degrees of freedom. */
export function studentTail(t: number, df: number): number {
  const t2 = t * t;
  const half = 0.5 * Math.exp(logBetaTails(df / (df + t2), df / 2, 0.5, t2 / (df + t2)).lower);
  return t >= 0 ? half : 1 - half;
}

/** P(F > f) for Fisher's F with d1 and d2 degrees of freedom. */
export function fisherTail(f: number, d1: number, d2: number): number {
  if (f <= 0) return 1;
  return Math.exp(logBetaTails(d2 / (d2 + d1 * f), d2 / 2, d1 / 2, (d1 * f) / (d2 + d1 * f)).lower);
}

/** t with P(T > t) = tail, Student's t with df degrees of freedom. tail in (0, 1). */
export function studentQuantile(tail: number, df: number): number {
  if (tail === 0.5) return 0;
  if (tail > 0.5) return -studentQuantile(1 - tail, df);
  // df / (df + t^2) is beta distributed with parameters df/2 and 1/2.
  const upper = betaQuantile(1 - 2 * tail, 0.5, df / 2);
  return Math.sqrt((df * upper) / (1 - upper));
}

function continuedFraction(x: number, a: number, b: number): number {
  let c = 1;
  let d = 1 / guard(1 - ((a + b) * x) / (a + 1));
  let h = d;
  for (let m = 1; m < 1_000_000; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / guard(1 + even * d);
    c = guard(1 + even / c);
    h *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / guard(1 + odd * d);
    c = guard(1 + odd / c);
    const factor = d * c;
    h *= factor;
    if (Math.abs(factor - 1) < 1e-16) break;
  }
  return h;
}

/** log(1 - e^v) for v <= 0. */
function log1mexp(v: number): number {
  return v > -Math.LN2 ? Math.log(-Math.expm1(v)) : Math.log1p(-Math.exp(v));
}

function guard(v: number): number {
  return Math.abs(v) < 1e-300 ? 1e-300 : v;
}
