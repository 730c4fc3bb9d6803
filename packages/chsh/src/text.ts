// Numbers in sentences: short, never "p = 0", and S with the digits that tell it from 2.

import type { PValue } from './game.ts';

/** Four significant digits, without trailing zeros. */
export function short(value: number): string {
  return String(Number(value.toPrecision(4)));
}

/** S with seven significant digits, without trailing zeros: 2.00009 must not read as 2. */
export function showS(value: number): string {
  return String(Number(value.toPrecision(7)));
}

/** "p = 0.039", "p < 1e-300" where it underflows, or "p = 10^-3558.3" where its logarithm is known. */
export function showP(p: number | PValue): string {
  if (typeof p !== 'number' && p.p < 1e-300) return `p = 10^${p.log10P.toFixed(1)}`;
  const value = typeof p === 'number' ? p : p.p;
  return value < 1e-300 ? 'p < 1e-300' : `p = ${short(value)}`;
}
