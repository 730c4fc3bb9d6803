// The full analysis of 16 counts, and the part of it that ordered trials share.

import type { Analysis, AnalysisOptions, OrderedEvidence } from './analysis.ts';
import { cbd, cnt2, delta } from './contextuality.ts';
import { correlations, marginals, signVariants } from './correlations.ts';
import { bootstrapCounts } from './count-bootstrap.ts';
import { countVerdict, SETTING_ALARM } from './count-verdict.ts';
import { type Counts, checkCounts } from './counts.ts';
import { finiteExp, logEValue } from './e-value.ts';
import { estimateJ, estimateJGls, estimateS, estimateSGls } from './estimates.ts';
import {
  binomialPValue,
  clopperPearson,
  gameWins,
  hoeffdingPValue,
  localBound,
  observedBound,
  settingUniformity,
} from './game.ts';
import { contextualFraction, signallingFraction } from './geometry.ts';
import { guardNotes, nullNotes, warningsFor } from './guards.ts';
import { checkAlpha, checkResamples } from './moments.ts';
import { noSignallingTest } from './no-signalling.ts';
import { gameDivergence } from './planning.ts';
import { arcsinCriterion } from './quantum.ts';
import { strength, trialsForDivergence } from './strength.ts';

/**
 * Everything that 16 counts tell about CHSH; see `Analysis` for each number and its source in the function of that name.
 * @param counts settings 11, 12, 21, 22; outcomes ++, +-, -+, --
 * @throws one line on counts that are not whole numbers with all four settings present, or on impossible options
 */
export function analyseCounts(counts: Counts, options: AnalysisOptions = {}): Analysis {
  return analyse(counts, options, null);
}

/** The analysis of counts with, for ordered trials, what their order adds. */
export function analyse(counts: Counts, options: AnalysisOptions, order: OrderedEvidence | null): Analysis {
  const who = order ? 'analyseTrials' : 'analyseCounts';
  checkCounts(counts, who);
  const alpha = options.alpha ?? 0.05;
  checkAlpha(alpha, who);
  const resamples = options.resamples ?? 1999;
  checkResamples(resamples, who);
  const flips = options.flips ?? null;
  if (flips !== null && !(flips >= 0 && flips <= 1))
    throw new Error(
      `${who}: expected flips from 0 to 1, got ${flips}; give the share of outcomes that change, or null`,
    );
  const beta = localBound(options);
  const assumed = options.beta === undefined && options.predictability === undefined;

  const e = correlations(counts);
  const signs = signVariants(e);
  const sOdd = Math.max(...signs);
  const shift = delta(marginals(counts));
  const excess = cbd(sOdd, shift);
  const s = estimateS(counts);
  const sGls = estimateSGls(counts);
  const jGls = estimateJGls(counts);
  const { wins, n } = gameWins(counts);
  const uniformity = settingUniformity(counts);
  const fair = binomialPValue(wins, n, beta);
  const biasedBeta = observedBound(counts);
  const biased = binomialPValue(wins, n, biasedBeta);
  const signalling = noSignallingTest(counts);
  const { klBits, wilks } = strength(counts);
  const logE = order ? order.logE : logEValue(wins, n, beta);
  const above = s.value > 2 + 1e-12;
  const alarm = assumed && uniformity.p < SETTING_ALARM;

  const usedBeta = alarm ? biasedBeta : beta;
  const nats = wins / n > usedBeta ? gameDivergence(wins / n, usedBeta) : 0;

  const { verdict, bootstrap } = countVerdict({
    s: s.value,
    p: alarm ? biased : fair,
    beta: usedBeta,
    signallingP: signalling.p,
    certainShift: signalling.likelihoodRatio,
    bootstrap: () => bootstrapCounts(counts, options.seed ?? 1, resamples, alpha),
    flips,
    separated: options.separated ?? false,
    alpha,
  });
  const analysis: Analysis = {
    S: s.value,
    seS: s.se,
    signs,
    SGls: sGls.value,
    seSGls: sGls.se,
    J: estimateJ(counts).value,
    JGls: jGls.value,
    seJGls: jGls.se,
    game: {
      wins,
      n,
      beta,
      win: wins / n,
      ci95: clopperPearson(wins, n, 0.05),
      pBinomial: fair.p,
      log10P: fair.log10P,
      pHoeffding: hoeffdingPValue(wins, n, beta).p,
      biased: { beta: biasedBeta, pBinomial: biased.p, log10P: biased.log10P },
      bits: nats / Math.LN2,
      trialsNeeded: nats > 0 ? trialsForDivergence(nats, alpha) : null,
      pAnytime: order?.pAnytime ?? null,
    },
    eValue: finiteExp(logE),
    pbr: order?.pbr ?? null,
    wilks,
    noSignalling: {
      chi2: signalling.chi2,
      df: signalling.df,
      p: signalling.p,
      z: signalling.z,
      pbr: order?.noSignallingPbr ?? null,
    },
    delta: shift,
    sOdd,
    cbd: excess,
    cnt2: cnt2(sOdd, shift),
    contextualFraction: contextualFraction(counts),
    signallingFraction: signallingFraction(counts),
    klBits,
    trialsNeeded: above && klBits > 0 ? trialsForDivergence(klBits * Math.LN2, alpha) : null,
    quantum: arcsinCriterion(e),
    verdict,
    warnings: [],
    notes: {},
  };
  const facts = {
    counts,
    alpha,
    uniformity,
    assumed,
    alarm,
    likelihoodRatio: signalling.likelihoodRatio,
    logE,
    bootstrap,
  };
  analysis.warnings = warningsFor(analysis, facts);
  analysis.notes = { ...guardNotes(analysis, facts), ...nullNotes(analysis, facts) };
  return analysis;
}
