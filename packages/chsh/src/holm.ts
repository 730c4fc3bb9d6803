// Holm's step-down correction for testing several hypotheses at once.

/**
 * Adjusted p-values in the order given: compare each with alpha, and the chance of one or more false rejections stays
 * <= alpha whatever the dependence. One p-value comes back unchanged. Source: Holm 1979.
 * @throws one line if a p-value is not in [0, 1]
 */
export function holm(pValues: ArrayLike<number>): number[] {
  const m = pValues.length;
  const order = Array.from({ length: m }, (_, i) => i);
  for (const i of order) {
    if (!(pValues[i] >= 0 && pValues[i] <= 1)) {
      throw new Error(
        `holm: expected p-values from 0 to 1, got ${pValues[i]} at position ${i}; leave out tests that gave none`,
      );
    }
  }
  order.sort((i, j) => pValues[i] - pValues[j] || i - j);
  const adjusted = new Array<number>(m);
  let running = 0;
  order.forEach((index, rank) => {
    running = Math.max(running, Math.min(1, (m - rank) * pValues[index]));
    adjusted[index] = running;
  });
  return adjusted;
}
