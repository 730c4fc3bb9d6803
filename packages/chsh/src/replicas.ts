// The summary of repeated deterministic experiments: one row of four correlations and eight marginals per replica.

import { bettingGrowth, bettingInterval, bettingPValue } from './betting.ts';
import { cbd, cnt2, delta } from './contextuality.ts';
import { MARGINAL_KEYS, type Marginals, signVariants } from './correlations.ts';
import { hotelling } from './hotelling.ts';
import { checkAlpha, checkResamples, checkValues, meanAndSd } from './moments.ts';
import { bootstrapReplicas, LEAST_REPLICAS } from './replica-bootstrap.ts';
import { tInterval } from './t-interval.ts';

/** Fractions (0 to 1) of an observable's outcomes that change, seed fixed, when only the other party's task changes. */
export interface Flips {
  a1: number;
  a2: number;
  b1: number;
  b2: number;
  mean: number;
}

/** Per-replica means; a replica is one seed taken through all four contexts. */
export interface ReplicaInput {
  /** R x 4, row-major, contexts 11, 12, 21, 22; each from -1 to 1. */
  correlations: ArrayLike<number>;
  /** R x 8, row-major, order a1b1, a1b2, a2b1, a2b2, b1a1, b1a2, b2a1, b2a2; each from -1 to 1. */
  marginals: ArrayLike<number>;
  /** Same-seed flips, null when they are not known. */
  flips: Flips | null;
  /** Seed of the bootstrap, default 1. */
  seed?: number;
  /** Bootstrap resamples, default 1999; a pCbd below 2 / (resamples + 1) is a normal approximation. */
  resamples?: number;
}

/** What `analyseReplicas` gives; intervals are two-sided of level 1 - alpha (95 % by default, whence the names). */
export interface ReplicaAnalysis {
  /** Number of replicas R, the unit of independent repetition. */
  replicas: number;
  /** S per replica: mean, standard deviation (R - 1), t interval, and betting interval for bounded means. */
  S: { mean: number; sd: number; ci95: [number, number]; ci95Bounded: [number, number] };
  /** |S.mean|. */
  absS: number;
  /** The eight CHSH expressions of the mean correlations, order of `signVariants`. */
  signs: number[];
  /** Mean correlations of the contexts 11, 12, 21, 22. */
  C: [number, number, number, number];
  /** Mean marginals. */
  marginals: Marginals;
  delta: number;
  /** Bootstrap; starts at 0 where Hotelling's test does not reject no-signalling, since |noise| alone makes Delta positive. null below 12 replicas. */
  deltaCi95: [number, number] | null;
  /** Hotelling p of "no observable's mean depends on the other party's task"; null: not tested, needs more than 4 replicas. */
  noSignallingP: number | null;
  sOdd: number;
  cbd: number;
  /** Bootstrap; null below 12 replicas. */
  cbdCi95: [number, number] | null;
  cnt2: number;
  flips: Flips | null;
  /** p of H0: mean S <= 2, by betting, doubled: pS < alpha exactly when ci95Bounded starts above 2. */
  pS: number;
  /** p of H0: s_odd - Delta - 2 <= 0, by bootstrap, doubled: pCbd < alpha exactly when cbdCi95 starts above 0; null below 12 replicas. */
  pCbd: number | null;
  /** Replicas after which the betting interval is expected to clear 2 at the observed distribution; null when S.mean <= 2. */
  trialsNeeded: number | null;
}

/**
 * Summary of R replicas: S per replica = C11 + C12 + C21 - C22 in [-4, 4]; everything else from the mean correlations and
 * mean marginals. Only tests of means over replicas are used, since the contexts and rows of one seed are not independent
 * trials. A single replica has no spread: its ci95 is [-4, 4] and sd is given as 0. Too few replicas for the bootstrap
 * (below 12) or Hotelling's test (below 5) give null there. Deterministic for a given seed.
 * trialsNeeded = ceil(log(2/alpha) / D), D the betting growth per replica in nats (see `bettingGrowth`), no power term.
 * Sources: see `bettingInterval`, `hotelling`, `delta`, `cbd`, `bootstrapReplicas`.
 * @throws one line on ragged, empty, non-finite or out-of-range input
 */
export function analyseReplicas(input: ReplicaInput, options: { alpha?: number } = {}): ReplicaAnalysis {
  const alpha = options.alpha ?? 0.05;
  checkAlpha(alpha, 'analyseReplicas');
  checkInput(input);
  const { correlations: c, marginals: m } = input;
  const replicas = c.length / 4;
  const resamples = input.resamples ?? 1999;
  checkResamples(resamples, 'analyseReplicas');

  const s = new Float64Array(replicas);
  const rows = new Float64Array(replicas * 8);
  const differences = new Float64Array(replicas * 4);
  for (let r = 0; r < replicas; r++) {
    s[r] = c[4 * r] + c[4 * r + 1] + c[4 * r + 2] - c[4 * r + 3];
    for (let k = 0; k < 4; k++) {
      const d = m[8 * r + 2 * k] - m[8 * r + 2 * k + 1];
      rows[8 * r + k] = c[4 * r + k];
      rows[8 * r + 4 + k] = d;
      differences[4 * r + k] = d;
    }
  }

  const meanC = columnMeans(c, 4) as [number, number, number, number];
  const means = columnMeans(m, 8);
  const marginals = Object.fromEntries(MARGINAL_KEYS.map((key, i) => [key, means[i]])) as unknown as Marginals;
  const signs = signVariants(meanC);
  const odd = Math.max(...signs);
  const shift = delta(marginals);
  const excess = cbd(odd, shift);
  const { mean, sd } = meanAndSd(s);
  const bounds = { lower: -4, upper: 4, alpha };
  const boot =
    replicas < LEAST_REPLICAS
      ? null
      : bootstrapReplicas(rows, { delta: shift, cbd: excess }, input.seed ?? 1, resamples, alpha);
  const noSignallingP = hotelling(differences).p;
  const signalling = noSignallingP !== null && noSignallingP < alpha;
  const growth = bettingGrowth(s, { ...bounds, mean0: 2 });
  return {
    replicas,
    S: {
      mean,
      sd,
      ci95: replicas === 1 ? [-4, 4] : tInterval(s, alpha),
      ci95Bounded: bettingInterval(s, bounds),
    },
    absS: Math.abs(mean),
    signs,
    C: meanC,
    marginals,
    delta: shift,
    deltaCi95: boot && [signalling ? boot.deltaCi[0] : 0, boot.deltaCi[1]],
    noSignallingP,
    sOdd: odd,
    cbd: excess,
    cbdCi95: boot?.cbdCi ?? null,
    cnt2: cnt2(odd, shift),
    flips: input.flips,
    pS: Math.min(1, 2 * bettingPValue(s, { ...bounds, mean0: 2 })),
    pCbd: boot?.pCbd ?? null,
    trialsNeeded: growth > 0 ? Math.ceil(Math.log(2 / alpha) / growth) : null,
  };
}

function columnMeans(values: ArrayLike<number>, columns: number): number[] {
  const sums = new Array<number>(columns).fill(0);
  for (let at = 0; at < values.length; at += columns) for (let k = 0; k < columns; k++) sums[k] += values[at + k];
  return sums.map((sum) => (sum * columns) / values.length);
}

function checkInput(input: ReplicaInput): void {
  const { correlations: c, marginals: m } = input;
  if (c.length % 4 !== 0 || m.length !== 2 * c.length) {
    throw new Error(
      `analyseReplicas: expected R x 4 correlations and R x 8 marginals, got ${c.length} and ${m.length} numbers; pass one row of each per replica`,
    );
  }
  checkMeans(c, 'correlations');
  checkMeans(m, 'marginals');
}

function checkMeans(values: ArrayLike<number>, name: string): void {
  if (values.length === 0) checkValues(values, `analyseReplicas (${name})`);
  for (let i = 0; i < values.length; i++) {
    if (values[i] >= -1 - 1e-9 && values[i] <= 1 + 1e-9) continue;
    checkValues(values, `analyseReplicas (${name})`);
    throw new Error(
      `analyseReplicas: expected ${name} from -1 to 1, got ${values[i]} at position ${i}; pass means of +1/-1 outcomes`,
    );
  }
}
