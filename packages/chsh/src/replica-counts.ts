// From the 16 counts of each replica to the rows that analyseReplicas takes.

import { correlations, MARGINAL_KEYS, marginals } from './correlations.ts';
import type { ReplicaInput } from './replicas.ts';

/**
 * Correlations (R x 4) and marginals (R x 8) of R replicas from their counts.
 * @param counts R x 16, row-major, each row in the order of `Counts`
 * @throws one line, naming the replica, on counts that are not whole numbers with all four contexts present
 */
export function replicasFromCounts(counts: ArrayLike<number>): Pick<ReplicaInput, 'correlations' | 'marginals'> {
  const replicas = counts.length / 16;
  if (!Number.isInteger(replicas) || replicas === 0) {
    throw new Error(`replicasFromCounts: expected R x 16 counts, got ${counts.length}; pass 16 counts per replica`);
  }
  const c = new Float64Array(4 * replicas);
  const m = new Float64Array(8 * replicas);
  for (let r = 0; r < replicas; r++) {
    const row = Array.from({ length: 16 }, (_, i) => counts[16 * r + i]);
    try {
      c.set(correlations(row), 4 * r);
      const means = marginals(row);
      m.set(
        MARGINAL_KEYS.map((key) => means[key]),
        8 * r,
      );
    } catch (error) {
      throw new Error(`replicasFromCounts (replica ${r}): ${(error as Error).message}`);
    }
  }
  return { correlations: c, marginals: m };
}
