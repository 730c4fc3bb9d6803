// Combining independent experiments: pooled game where the bound is shared, Fisher's method otherwise.

import { binomialPValue, type PValue, pValue } from './game.ts';
import { logGammaUpper } from './numeric/gamma.ts';

/** Pooled exact p-value of several CHSH games with one common bound beta: P(Bin(sum n, beta) >= sum wins). */
export function poolGames(
  games: readonly { wins: number; n: number }[],
  beta: number,
): PValue & { wins: number; n: number } {
  const wins = games.reduce((sum, g) => sum + g.wins, 0);
  const n = games.reduce((sum, g) => sum + g.n, 0);
  return { wins, n, ...binomialPValue(wins, n, beta) };
}

/**
 * Fisher's combination of independent p-values: -2 sum ln p against chi^2 with 2 k df (Fisher 1925).
 * Each may be a number or {log10P}, which carries p-values too small for a number.
 * @throws one line if a p-value is not in (0, 1] and has no logarithm, or if there is none
 */
export function fisherCombination(pValues: readonly (number | { log10P: number })[]): PValue {
  if (pValues.length === 0)
    throw new Error('fisherCombination: expected at least one p-value, got none; pass them as a list');
  let sum = 0;
  for (const value of pValues) {
    const log = typeof value === 'number' ? Math.log(value) : value.log10P * Math.LN10;
    if (!(log <= 0 && Number.isFinite(log))) {
      throw new Error(
        `fisherCombination: expected p-values above 0 and up to 1, got ${JSON.stringify(value)}; give {log10P} where p underflows`,
      );
    }
    sum -= log;
  }
  return pValue(logGammaUpper(pValues.length, sum));
}
