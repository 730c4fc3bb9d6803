// The standard normal distribution: tail, its logarithm, and quantile.

import { logGammaUpper } from './gamma.ts';

/** log P(Z > z) of a standard normal Z; finite far beyond the point where the tail itself underflows. */
export function logNormalTail(z: number): number {
  const logTwoSided = logGammaUpper(0.5, (z * z) / 2);
  return z >= 0 ? logTwoSided - Math.LN2 : Math.log1p(-0.5 * Math.exp(logTwoSided));
}

/** P(Z > z) of a standard normal Z; it underflows to 0 beyond z = 38.6, and z may be infinite. */
export function normalTail(z: number): number {
  if (Math.abs(z) > 40) return z > 0 ? 0 : 1;
  return Math.exp(logNormalTail(z));
}

/** P(Z <= z) of a standard normal Z. */
export function normalCdf(z: number): number {
  return normalTail(-z);
}

/** z with P(Z > z) = tail, 0 < tail < 1: Abramowitz and Stegun 26.2.23, polished by Halley steps. */
export function normalQuantile(tail: number): number {
  if (tail === 0.5) return 0;
  if (tail > 0.5) return -normalQuantile(1 - tail);
  const t = Math.sqrt(-2 * Math.log(tail));
  let z = t - (2.515517 + t * (0.802853 + t * 0.010328)) / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308)));
  for (let i = 0; i < 4; i++) {
    // (tail at z - tail) / density at z, in logarithms so that tiny tails keep their relative precision.
    const logTail = logNormalTail(z);
    const mills = Math.exp(logTail + (z * z) / 2 + 0.9189385332046728);
    const e = -Math.expm1(Math.log(tail) - logTail) * mills;
    const step = e / (1 - (z * e) / 2);
    z += step;
    if (Math.abs(step) < 1e-16 * Math.max(1, z)) break;
  }
  return z;
}
