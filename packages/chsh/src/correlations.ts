// Correlations, S with its eight placements of the minus sign, and the marginal means of each observable in each context.

import { type Counts, checkCounts, settingTotals } from './counts.ts';

/** Four correlations E(a b) in the order 11, 12, 21, 22. */
export type Correlations = ArrayLike<number>;

/** Mean outcomes: aibj is Alice's observable i in the context with Bob's j, bjai Bob's j in the context with Alice's i. */
export interface Marginals {
  a1b1: number;
  a1b2: number;
  a2b1: number;
  a2b2: number;
  b1a1: number;
  b1a2: number;
  b2a1: number;
  b2a2: number;
}

/** The order in which the eight marginal means are stored in arrays. */
export const MARGINAL_KEYS = ['a1b1', 'a1b2', 'a2b1', 'a2b2', 'b1a1', 'b1a2', 'b2a1', 'b2a2'] as const;

/**
 * E_xy = (n++ + n-- - n+- - n-+) / n_xy for the settings 11, 12, 21, 22.
 * Source: Clauser, Horne, Shimony, Holt 1969.
 * @throws one line if the counts are not 16 whole numbers with all four settings present
 */
export function correlations(counts: Counts): [number, number, number, number] {
  checkCounts(counts, 'correlations');
  const totals = settingTotals(counts);
  const e = (s: number) => (counts[4 * s] + counts[4 * s + 3] - counts[4 * s + 1] - counts[4 * s + 2]) / totals[s];
  return [e(0), e(1), e(2), e(3)];
}

/** S = E11 + E12 + E21 - E22 (Clauser, Horne, Shimony, Holt 1969); local models keep |S| <= 2. */
export function chshS(e: Correlations): number {
  return e[0] + e[1] + e[2] - e[3];
}

/**
 * The eight CHSH expressions: minus sign at 22 (this is S), at 21, at 12, at 11, then the negatives of these four.
 * A no-signalling table has a local model iff all eight are <= 2 (Fine 1982).
 */
export function signVariants(e: Correlations): number[] {
  const sum = e[0] + e[1] + e[2] + e[3];
  const variants = [chshS(e), sum - 2 * e[2], sum - 2 * e[1], sum - 2 * e[0]];
  return [...variants, ...variants.map((v) => 0 - v)];
}

/**
 * Largest of the eight sign variants: max over odd numbers of minus signs of the signed sum of the correlations.
 * Source: Kujala, Dzhafarov, Larsson 2015 (s_odd of a cyclic system of rank 4).
 */
export function sOdd(e: Correlations): number {
  return Math.max(...signVariants(e));
}

/**
 * Mean outcome (-1 to 1) of each observable in each of its two contexts.
 * @throws one line if the counts are not 16 whole numbers with all four settings present
 */
export function marginals(counts: Counts): Marginals {
  checkCounts(counts, 'marginals');
  const totals = settingTotals(counts);
  const alice = (s: number) => (counts[4 * s] + counts[4 * s + 1] - counts[4 * s + 2] - counts[4 * s + 3]) / totals[s];
  const bob = (s: number) => (counts[4 * s] - counts[4 * s + 1] + counts[4 * s + 2] - counts[4 * s + 3]) / totals[s];
  return {
    a1b1: alice(0),
    a1b2: alice(1),
    a2b1: alice(2),
    a2b2: alice(3),
    b1a1: bob(0),
    b1a2: bob(2),
    b2a1: bob(1),
    b2a2: bob(3),
  };
}
