// Contextuality-by-default: Delta, the amount of direct influence seen in the marginals, and what S has beyond it.

import type { Marginals } from './correlations.ts';

/** Rounding of sums of a few means: differences below it are read as zero, so that identities such as s_odd = 2 + Delta hold. */
export const ROUNDING = 1e-12;

/**
 * Delta = |a1b1 - a1b2| + |a2b1 - a2b2| + |b1a1 - b1a2| + |b2a1 - b2a2|: how far the mean of each observable moves when
 * only the other party's setting changes. 0 to 8 in principle, 0 without signalling.
 * Source: Kujala, Dzhafarov, Larsson 2015 (ICC, the measure of context-dependence of the marginals).
 */
export function delta(m: Marginals): number {
  return Math.abs(m.a1b1 - m.a1b2) + Math.abs(m.a2b1 - m.a2b2) + Math.abs(m.b1a1 - m.b1a2) + Math.abs(m.b2a1 - m.b2a2);
}

/**
 * s_odd - Delta - 2, not clipped: contextual by default iff positive. Values within 1e-12 of zero are rounding and give 0.
 * Source: Kujala, Dzhafarov, Larsson 2015 (cyclic systems); for rank 4 the bound is n - 2 = 2.
 */
export function cbd(sOdd: number, delta: number): number {
  const excess = sOdd - delta - 2;
  return Math.abs(excess) < ROUNDING ? 0 : excess;
}

/**
 * CNT2 = (s_odd - Delta - 2) / 4: L1 distance of the correlations from the non-contextual polytope when it is positive.
 * Source: Dzhafarov, Kujala, Cervantes 2020 (Contextuality and noncontextuality measures and generalized Bell inequalities for cyclic systems).
 */
export function cnt2(sOdd: number, delta: number): number {
  return cbd(sOdd, delta) / 4;
}
