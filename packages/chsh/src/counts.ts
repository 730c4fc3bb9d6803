// The input that every test starts from: 16 counts, settings 11, 12, 21, 22, outcomes ++, +-, -+, -- (Alice first).

/** 16 counts n[4 * setting + outcome]; settings 11, 12, 21, 22; outcomes ++, +-, -+, --. */
export type Counts = ArrayLike<number>;

/** Names of the four settings (Alice's, Bob's) in the order used everywhere. */
export const SETTINGS = ['11', '12', '21', '22'] as const;

/** Names of the four joint outcomes (Alice's, Bob's) in the order used everywhere. */
export const OUTCOMES = ['++', '+-', '-+', '--'] as const;

/**
 * Throws one clear line unless `counts` is 16 non-negative integers below 2^53 with at least one trial per setting.
 * @param who name of the caller, the first word of the message
 */
export function checkCounts(counts: Counts, who: string): void {
  if (counts.length !== 16) {
    throw new Error(
      `${who}: expected 16 counts (settings 11,12,21,22; outcomes ++,+-,-+,--), got ${counts.length}; flatten 4 x 4 tables row by row`,
    );
  }
  for (let i = 0; i < 16; i++) {
    const n = counts[i];
    if (!Number.isInteger(n) || n < 0 || n > Number.MAX_SAFE_INTEGER) {
      throw new Error(
        `${who}: expected whole counts from 0 to 2^53 - 1, got ${n} for setting ${SETTINGS[i >> 2]} outcome ${OUTCOMES[i & 3]}; give numbers of trials, not frequencies`,
      );
    }
  }
  const sizes = settingTotals(counts);
  const empty = sizes.indexOf(0);
  if (empty >= 0) {
    throw new Error(
      `${who}: expected trials in all four settings, got none in setting ${SETTINGS[empty]}; S needs all four, collect or add that setting`,
    );
  }
}

/** Number of trials of each setting, order 11, 12, 21, 22. */
export function settingTotals(counts: Counts): [number, number, number, number] {
  const sum = (s: number) => counts[4 * s] + counts[4 * s + 1] + counts[4 * s + 2] + counts[4 * s + 3];
  return [sum(0), sum(1), sum(2), sum(3)];
}

/** Relative frequencies p(ab | xy): the 16 counts, each divided by the total of its setting. */
export function frequencies(counts: Counts): Float64Array {
  const totals = settingTotals(counts);
  return Float64Array.from({ length: 16 }, (_, i) => counts[i] / totals[i >> 2]);
}
