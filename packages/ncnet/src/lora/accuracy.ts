// The share of rows that a head has right.

/** @param right a split's rows as a ContextOutcome has them; NaN without rows */
export function accuracyOf(right: string): number {
  return right.length === 0 ? Number.NaN : right.replaceAll('0', '').length / right.length;
}
