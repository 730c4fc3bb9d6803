// The arcsin criterion: which four correlations can be reached by measurements on a shared two-party state.

import type { Correlations } from './correlations.ts';

/**
 * Tsirelson-Landau-Masanes: correlations (with free marginals) are reachable iff
 * |asin E11 + asin E12 + asin E21 + asin E22 - 2 asin E_xy| <= pi for each xy. Largest left side in radians, and whether
 * it keeps the bound (1e-12 of rounding allowed). A description of correlations, never a verdict.
 * Sources: Tsirelson 1987; Landau 1988; Masanes 2003.
 */
export function arcsinCriterion(e: Correlations): { arcsin: number; inside: boolean } {
  const angles = Array.from({ length: 4 }, (_, s) => Math.asin(Math.min(1, Math.max(-1, e[s]))));
  const sum = angles.reduce((total, a) => total + a, 0);
  const arcsin = Math.max(...angles.map((a) => Math.abs(sum - 2 * a)));
  return { arcsin, inside: arcsin <= Math.PI + 1e-12 };
}
