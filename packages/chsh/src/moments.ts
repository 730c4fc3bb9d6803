// Mean and standard deviation of a sample, in two passes so that near-constant samples keep their digits.

/** Mean of the values and their standard deviation with n - 1 (0 for a single value). */
export function meanAndSd(values: ArrayLike<number>): { mean: number; sd: number } {
  const n = values.length;
  let sum = 0;
  for (let i = 0; i < n; i++) sum += values[i];
  const mean = sum / n;
  let squares = 0;
  let rest = 0;
  for (let i = 0; i < n; i++) {
    const d = values[i] - mean;
    squares += d * d;
    rest += d;
  }
  const variance = n > 1 ? Math.max(0, squares - (rest * rest) / n) / (n - 1) : 0;
  return { mean: mean + rest / n, sd: Math.sqrt(variance) };
}

/** Throws one line unless there is at least one value and all are finite. */
export function checkValues(values: ArrayLike<number>, who: string): void {
  if (values.length === 0) throw new Error(`${who}: expected at least one value, got none; pass one value per replica`);
  for (let i = 0; i < values.length; i++) {
    if (!Number.isFinite(values[i])) {
      throw new Error(`${who}: expected finite values, got ${values[i]} at position ${i}; drop or repair that replica`);
    }
  }
}

/** Throws one line unless 0 < alpha < 1. */
export function checkAlpha(alpha: number, who: string): void {
  if (!(alpha > 0 && alpha < 1)) {
    throw new Error(`${who}: expected alpha between 0 and 1, got ${alpha}; use 0.05 for 95 % intervals`);
  }
}

/** Throws one line unless resamples is a whole number of at least 99, which give 95 % intervals their tails. */
export function checkResamples(resamples: number, who: string): void {
  if (!Number.isInteger(resamples) || resamples < 99) {
    throw new Error(`${who}: expected at least 99 whole resamples, got ${resamples}; use 1999`);
  }
}
