// Same-seed flips: how often an outcome changes when, with the seed fixed, only the other party's task changes.

import type { Flips } from './replicas.ts';

/**
 * Fractions of outcomes that flip, seed fixed: a1 between contexts 11 and 12, a2 between 21 and 22, b1 between 11 and 21,
 * b2 between 12 and 22, and the mean of the four. A deterministic local model has none, whatever its S.
 * @param outcomes N x 8, row-major, one row per seed (and row of data): a and b in contexts 11, 12, 21, 22, each +1 or -1
 * @throws one line on ragged, empty or other than +1/-1 input
 */
export function sameSeedFlips(outcomes: ArrayLike<number>): Flips {
  const rows = outcomes.length / 8;
  if (!Number.isInteger(rows) || rows === 0) {
    throw new Error(
      `sameSeedFlips: expected N x 8 outcomes, got ${outcomes.length}; one row holds a and b in the contexts 11, 12, 21, 22`,
    );
  }
  const changed = [0, 0, 0, 0];
  const pairs = [
    [0, 2],
    [4, 6],
    [1, 5],
    [3, 7],
  ];
  for (let i = 0; i < outcomes.length; i++) {
    if (outcomes[i] !== 1 && outcomes[i] !== -1) {
      throw new Error(
        `sameSeedFlips: expected outcomes +1 or -1, got ${outcomes[i]} at position ${i}; code false as -1`,
      );
    }
  }
  for (let r = 0; r < rows; r++) {
    for (let k = 0; k < 4; k++) if (outcomes[8 * r + pairs[k][0]] !== outcomes[8 * r + pairs[k][1]]) changed[k] += 1;
  }
  const [a1, a2, b1, b2] = changed.map((c) => c / rows);
  return { a1, a2, b1, b2, mean: (a1 + a2 + b1 + b2) / 4 };
}
