// chsh: finite-sample CHSH statistics on counts, ordered trials and replicas. This file is the table of contents.

export { analyseCounts } from './analyse-counts.ts';
export { analyseTrialStream, analyseTrials, TrialAnalysis, trialCode } from './analyse-trials.ts';
// Everything at once
export { type Analysis, type AnalysisOptions, GUARDS } from './analysis.ts';
// Means over replicas
export { type BettingOptions, bettingGrowth, bettingInterval, bettingPValue } from './betting.ts';
export { type BootstrapOptions, bcaInterval, studentisedInterval } from './bootstrap.ts';
export { fisherCombination, poolGames } from './combine.ts';
// Signalling
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
export { EProcess, logEValue, TSIRELSON_WIN } from './e-value.ts';
export { type Equivalence, equivalence } from './equivalence.ts';
export { type Estimate, estimateJ, estimateJGls, estimateS, estimateSGls, normalPValue } from './estimates.ts';
export { sameSeedFlips } from './flips.ts';
// The game and its p-values
export {
  binomialPValue,
  clopperPearson,
  FAIR_BOUND,
  gameWins,
  hoeffdingPValue,
  localBound,
  observedBound,
  type PValue,
  type SettingBound,
  settingUniformity,
} from './game.ts';
// Geometry and strength
export {
  type Certificate,
  certificate,
  contextualFraction,
  signallingFraction,
  verifyCertificate,
} from './geometry.ts';
export { holm } from './holm.ts';
export { type Hotelling, hotelling } from './hotelling.ts';
// Verdicts
export { type Rung, type Verdict, WORDS, WORDS_SHARED, WORDS_UNDETECTED, WORDS_UNKNOWN } from './ladder.ts';
export { divergence, type Projections, projections } from './likelihood.ts';
export { type NoSignallingTest, noSignallingTest } from './no-signalling.ts';
export { studentTail } from './numeric/beta.ts';
export { guessFormat, parseCounts } from './parse-counts.ts';
export { TrialReader } from './parse-trials.ts';
export { type PbrHypothesis, type PbrSchedule, PredictionBasedRatios, predictionRatios } from './pbr.ts';
// Planning and combining
export { exactPower, gameDivergence, type PlanOptions, trialsForS } from './planning.ts';
export { arcsinCriterion } from './quantum.ts';
export { replicasFromCounts } from './replica-counts.ts';
export { analyseReplicas, type Flips, type ReplicaAnalysis, type ReplicaInput } from './replicas.ts';
export { type Strength, strength, tableStrengthBits, trialsForDivergence } from './strength.ts';
export { tInterval } from './t-interval.ts';
export { type VerdictCell, verdicts } from './verdicts.ts';
