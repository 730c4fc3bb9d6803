// Seeded bootstrap over replicas of Delta and of s_odd - Delta - 2, at a cost that does not grow with the number of replicas.

import { ROUNDING } from './contextuality.ts';
import { random32, seedKey } from './numeric/random.ts';

/** More replicas than this are resampled as this many groups of consecutive ones, which are exchangeable too. */
const GROUPS = 512;

/** Columns per group: four correlations, four differences of marginals, the number of replicas. */
const COLUMNS = 9;

/** Percentile intervals and the p-value of H0: s_odd - Delta - 2 <= 0. */
export interface ReplicaBootstrap {
  deltaCi: [number, number];
  cbdCi: [number, number];
  pCbd: number;
}

/**
 * Percentile bootstrap (Efron 1979; Davison and Hinkley 1997 for the +1 of the p-value) of the statistics of mean
 * correlations and mean marginal differences. pCbd = min(1, 2 (1 + #{cbd* <= 0}) / (resamples + 1)) is doubled so that
 * pCbd < alpha exactly when the lower limit of the interval of level 1 - alpha is above 0.
 * The least p is 2 / (resamples + 1).
 * @param rows R x 8: C11, C12, C21, C22, then the differences a1b1 - a1b2, a2b1 - a2b2, b1a1 - b1a2, b2a1 - b2a2
 */
export function bootstrapReplicas(
  rows: Float64Array,
  seed: number,
  resamples: number,
  alpha: number,
): ReplicaBootstrap {
  const groups = groupSums(rows);
  const count = groups.length / COLUMNS;
  const key = seedKey(seed);
  const deltas = new Float64Array(resamples);
  const excesses = new Float64Array(resamples);
  for (let b = 0, draw = 0; b < resamples; b++) {
    let c11 = 0;
    let c12 = 0;
    let c21 = 0;
    let c22 = 0;
    let a1 = 0;
    let a2 = 0;
    let b1 = 0;
    let b2 = 0;
    let size = 0;
    for (let i = 0; i < count; i++, draw++) {
      const at = COLUMNS * Math.floor((random32(key, draw) / 4294967296) * count);
      c11 += groups[at];
      c12 += groups[at + 1];
      c21 += groups[at + 2];
      c22 += groups[at + 3];
      a1 += groups[at + 4];
      a2 += groups[at + 5];
      b1 += groups[at + 6];
      b2 += groups[at + 7];
      size += groups[at + 8];
    }
    const sum = c11 + c12 + c21 + c22;
    const least = Math.min(c11, c12, c21, c22);
    const most = Math.max(c11, c12, c21, c22);
    const odd = Math.max(sum - 2 * least, 2 * most - sum) / size;
    deltas[b] = (Math.abs(a1) + Math.abs(a2) + Math.abs(b1) + Math.abs(b2)) / size;
    const excess = odd - deltas[b] - 2;
    excesses[b] = Math.abs(excess) < ROUNDING ? 0 : excess;
  }
  deltas.sort();
  excesses.sort();
  let below = 0;
  while (below < resamples && excesses[below] <= 0) below++;
  // Largest count of values <= 0 that still gives pCbd < alpha: the order statistic at this index is the lower limit.
  const index = Math.max(0, Math.ceil((alpha * (resamples + 1)) / 2 - 1e-9) - 2);
  const interval = (v: Float64Array): [number, number] => [v[index], v[resamples - 1 - index]];
  return {
    deltaCi: interval(deltas),
    cbdCi: interval(excesses),
    pCbd: Math.min(1, (2 * (1 + below)) / (resamples + 1)),
  };
}

/** Sums over at most GROUPS consecutive groups of nearly equal size, with the size in the last column. */
function groupSums(rows: Float64Array): Float64Array {
  const replicas = rows.length / 8;
  const count = Math.min(replicas, GROUPS);
  const groups = new Float64Array(count * COLUMNS);
  for (let g = 0; g < count; g++) {
    const from = Math.floor((g * replicas) / count);
    const to = Math.floor(((g + 1) * replicas) / count);
    for (let r = from; r < to; r++) {
      for (let k = 0; k < 8; k++) groups[g * COLUMNS + k] += rows[r * 8 + k];
    }
    groups[g * COLUMNS + 8] = to - from;
  }
  return groups;
}
