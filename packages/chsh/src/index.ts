// chsh: finite-sample CHSH statistics on counts, ordered trials and replicas. This file is the table of contents.

export { type BettingOptions, bettingGrowth, bettingInterval, bettingPValue } from './betting.ts';
export { cbd, cnt2, delta } from './contextuality.ts';
// Estimates
export {
  type Correlations,
  chshS,
  correlations,
  MARGINAL_KEYS,
  type Marginals,
  marginals,
  signVariants,
  sOdd,
} from './correlations.ts';
// Input
export { type Counts, frequencies, OUTCOMES, SETTINGS, settingTotals } from './counts.ts';
export { holm } from './holm.ts';
export { type Hotelling, hotelling } from './hotelling.ts';
// Verdicts
export type { Rung, Verdict } from './ladder.ts';
// Replicas
export { analyseReplicas, type Flips, type ReplicaAnalysis, type ReplicaInput } from './replicas.ts';
export { tInterval } from './t-interval.ts';
export { type VerdictCell, verdicts } from './verdicts.ts';
