// Seeded bootstrap over replicas of Delta and of s_odd - Delta - 2, at a cost that does not grow with the number of replicas.

import { ROUNDING } from './contextuality.ts';
import { type InfluenceBootstrap, summarise } from './influence-bootstrap.ts';
import { random32, seedKey } from './numeric/random.ts';

/**
 * Fewer replicas are not bootstrapped. Simulated coverage of nominal .95 intervals of Delta (uniform, skewed and normal
 * shifts, 2000 samples each): .80 to .97 with 3 to 6 replicas, .88 to .91 with 8, .91 to .92 with 12, .94 to .95 with 24.
 */
export const LEAST_REPLICAS = 12;

/** More replicas than this are resampled as this many groups of consecutive ones, which are exchangeable too. */
const GROUPS = 512;

/** Resamples are drawn so many at a time. */
const SLAB = 2048;

/**
 * Bootstrap (Efron 1979) over replicas of the statistics of mean correlations and mean marginal differences; intervals
 * and p-value as in `summarise`.
 * @param rows R x 8: C11, C12, C21, C22, then the differences a1b1 - a1b2, a2b1 - a2b2, b1a1 - b1a2, b2a1 - b2a2
 */
export function bootstrapReplicas(
  rows: Float64Array,
  estimate: { delta: number; cbd: number },
  seed: number,
  resamples: number,
  alpha: number,
): InfluenceBootstrap {
  const { groups, sizes } = groupSums(rows);
  const count = sizes.length;
  const key = seedKey(seed);
  let picks = firstPicks(key, count);
  const deltas = new Float64Array(resamples);
  const excesses = new Float64Array(resamples);
  for (let b = 0; b < resamples; b++) {
    const from = (b % SLAB) * count;
    if (b > 0 && from === 0) picks = drawPicks(key, count, b);
    let c11 = 0;
    let c12 = 0;
    let c21 = 0;
    let c22 = 0;
    let a1 = 0;
    let a2 = 0;
    let b1 = 0;
    let b2 = 0;
    let size = 0;
    for (let i = from; i < from + count; i++) {
      const at = picks[i];
      c11 += groups[at];
      c12 += groups[at | 1];
      c21 += groups[at | 2];
      c22 += groups[at | 3];
      a1 += groups[at | 4];
      a2 += groups[at | 5];
      b1 += groups[at | 6];
      b2 += groups[at | 7];
      size += sizes[at >> 3];
    }
    const sum = c11 + c12 + c21 + c22;
    const least = Math.min(c11, c12, c21, c22);
    const most = Math.max(c11, c12, c21, c22);
    const odd = Math.max(sum - 2 * least, 2 * most - sum) / size;
    deltas[b] = (Math.abs(a1) + Math.abs(a2) + Math.abs(b1) + Math.abs(b2)) / size;
    const excess = odd - deltas[b] - 2;
    excesses[b] = Math.abs(excess) < ROUNDING ? 0 : excess;
  }
  return summarise(deltas, excesses, estimate, alpha);
}

let kept: { key: number; count: number; picks: Uint16Array } | undefined;

/** The first slab, kept for the next table: the cells of a sweep share seed and number of groups, and with them the draws. */
function firstPicks(key: number, count: number): Uint16Array {
  if (kept?.key !== key || kept.count !== count) kept = { key, count, picks: drawPicks(key, count, 0) };
  return kept.picks;
}

/** Where the groups drawn in the resamples from `first` on begin; apart from adding, since one loop for both is slower in V8. */
function drawPicks(key: number, count: number, first: number): Uint16Array {
  const picks = new Uint16Array(SLAB * count);
  const scale = count / 4294967296;
  for (let i = 0, draw = first * count; i < picks.length; i++) picks[i] = (random32(key, draw++) * scale) << 3;
  return picks;
}

/** Sums of the eight columns over at most GROUPS consecutive groups of nearly equal size, and these sizes. */
function groupSums(rows: Float64Array): { groups: Float64Array; sizes: Float64Array } {
  const replicas = rows.length / 8;
  const count = Math.min(replicas, GROUPS);
  const groups = new Float64Array(count * 8);
  const sizes = new Float64Array(count);
  for (let g = 0; g < count; g++) {
    const from = Math.floor((g * replicas) / count);
    const to = Math.floor(((g + 1) * replicas) / count);
    for (let r = from; r < to; r++) {
      for (let k = 0; k < 8; k++) groups[g * 8 + k] += rows[r * 8 + k];
    }
    sizes[g] = to - from;
  }
  return { groups, sizes };
}
