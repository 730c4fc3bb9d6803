// The CHSH game: wins, the local bound for fair, biased and predictable settings, exact binomial and Hoeffding p-values.

import { type Counts, checkCounts, settingTotals } from './counts.ts';
import { checkAlpha } from './moments.ts';
import { betaQuantile, logBinomialTails } from './numeric/beta.ts';
import { chiSquareTail } from './numeric/gamma.ts';

/** A p-value and its decimal logarithm, which stays finite where p itself underflows to 0. */
export interface PValue {
  p: number;
  log10P: number;
}

/** Best chance that a local model, with memory, wins a trial at fair settings. */
export const FAIR_BOUND = 0.75;

/** What is known about the settings: a bound beta itself, or how far each party's setting can be predicted. */
export interface SettingBound {
  /** Chance of a win that no local model exceeds; 3/4 <= beta < 1. */
  beta?: number;
  /** tau_A, tau_B: P(setting | past) lies within 1/2 +- tau for each party; 0 <= tau < 1/2. */
  predictability?: readonly [number, number];
}

/** 1 where the cell 4 * setting + outcome wins the game: outcomes equal, except at setting 22 where they differ. */
export const WINNING_CELL: readonly number[] = Array.from({ length: 16 }, (_, i) => {
  const different = ((i >> 1) ^ i) & 1;
  return different === (i >> 2 === 3 ? 1 : 0) ? 1 : 0;
});

/**
 * Wins and trials of the CHSH game: a trial wins iff a xor b = x and y with outcomes and settings as bits.
 * At equal setting frequencies wins / n = (S + 4) / 8. Source: Cleve, Hoyer, Toner, Watrous 2004.
 */
export function gameWins(counts: Counts): { wins: number; n: number } {
  checkCounts(counts, 'gameWins');
  let wins = 0;
  let n = 0;
  for (let i = 0; i < 16; i++) {
    n += counts[i];
    if (WINNING_CELL[i]) wins += counts[i];
  }
  return { wins, n };
}

/**
 * The bound beta on a local model's chance to win a trial: 3/4 unless given; with independent settings predictable to
 * tau_A and tau_B, beta = 3/4 + (tau_A + tau_B)/2 - tau_A tau_B. Source: Elkouss, Wehner 2016.
 * @throws one line if both or impossible values are given
 */
export function localBound(bound: SettingBound = {}): number {
  const { beta, predictability } = bound;
  if (beta !== undefined && predictability !== undefined) {
    throw new Error('localBound: expected beta or predictability, got both; give one of them');
  }
  if (predictability !== undefined) {
    const [a, b] = predictability;
    if (!(a >= 0 && a < 0.5 && b >= 0 && b < 0.5)) {
      throw new Error(
        `localBound: expected predictabilities from 0 to below 1/2, got ${a} and ${b}; 0 means a fair coin`,
      );
    }
    return 0.75 + (a + b) / 2 - a * b;
  }
  const value = beta ?? FAIR_BOUND;
  if (!(value >= FAIR_BOUND && value < 1)) {
    throw new Error(`localBound: expected beta from 0.75 to below 1, got ${value}; 0.75 is the bound at fair settings`);
  }
  return value;
}

/** beta = 1 - min pi_xy, pi the observed frequencies of the four settings: the bound if these are the true probabilities. */
export function observedBound(counts: Counts): number {
  const totals = settingTotals(counts);
  const n = totals[0] + totals[1] + totals[2] + totals[3];
  return 1 - Math.min(...totals) / n;
}

/** Chi-square (3 df) of the hypothesis that the four settings are equally likely. Source: Pearson 1900. */
export function settingUniformity(counts: Counts): { chi2: number; df: 3; p: number } {
  checkCounts(counts, 'settingUniformity');
  const totals = settingTotals(counts);
  const mean = (totals[0] + totals[1] + totals[2] + totals[3]) / 4;
  const chi2 = totals.reduce((sum, t) => sum + (t - mean) ** 2 / mean, 0);
  return { chi2, df: 3, p: chiSquareTail(chi2, 3) };
}

/**
 * P(Bin(n, beta) >= wins): valid for n fixed in advance, for local models with arbitrary memory of all earlier trials.
 * Source: Elkouss, Wehner 2016; Bierhorst 2015.
 */
export function binomialPValue(wins: number, n: number, beta: number): PValue {
  checkGame(wins, n, 'binomialPValue');
  localBound({ beta });
  return pValue(logBinomialTails(wins, n, beta).upper);
}

/** exp(-2 n (wins/n - beta)^2) where wins/n > beta, else 1: simple and loose. Source: Hoeffding 1963. */
export function hoeffdingPValue(wins: number, n: number, beta: number): PValue {
  checkGame(wins, n, 'hoeffdingPValue');
  localBound({ beta });
  const excess = Math.max(0, wins / n - beta);
  return pValue(-2 * n * excess * excess);
}

/** Exact two-sided interval of level 1 - alpha for the chance of a win. Source: Clopper, Pearson 1934. */
export function clopperPearson(wins: number, n: number, alpha = 0.05): [number, number] {
  checkGame(wins, n, 'clopperPearson');
  checkAlpha(alpha, 'clopperPearson');
  return [
    wins === 0 ? 0 : betaQuantile(alpha / 2, wins, n - wins + 1),
    wins === n ? 1 : 1 - betaQuantile(alpha / 2, n - wins, wins + 1),
  ];
}

/** A p-value from its natural logarithm. */
export function pValue(logP: number): PValue {
  const log = Math.min(0, logP);
  return { p: Math.exp(log), log10P: log === 0 ? 0 : log / Math.LN10 };
}

function checkGame(wins: number, n: number, who: string): void {
  if (!(Number.isInteger(wins) && Number.isInteger(n) && wins >= 0 && n > 0 && wins <= n)) {
    throw new Error(`${who}: expected whole numbers 0 <= wins <= n, n > 0, got wins ${wins} and n ${n}; see gameWins`);
  }
}
