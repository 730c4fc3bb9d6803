// The result of analysing counts or trials: one flat object of numbers, a verdict, warnings and notes.

import type { SettingBound } from './game.ts';
import type { Verdict } from './ladder.ts';
import type { PbrSchedule } from './pbr.ts';

/** What is known beside the data. */
export interface AnalysisOptions extends SettingBound {
  /** Level of every test, default 0.05. */
  alpha?: number;
  /** True: the parties were separated, so that an outcome cannot depend on the other's setting. Default false. */
  separated?: boolean;
  /** Mean same-seed flips of a deterministic system, when they are known. */
  flips?: number | null;
  /** Seed (default 1) and resamples (default 1999) of the bootstrap of s_odd - Delta - 2. */
  seed?: number;
  resamples?: number;
  /** When the prediction-based ratios are recomputed (trials only). */
  pbrSchedule?: PbrSchedule;
}

/** Everything that counts or ordered trials tell; quantities that the input cannot give are null, with a reason in `notes`. */
export interface Analysis {
  /** S = E11 + E12 + E21 - E22 and its standard error for independent trials. */
  S: number;
  seS: number;
  /** The eight CHSH expressions: minus sign at 22, 21, 12, 11, then their negatives. */
  signs: number[];
  /** Generalised least squares estimate under no-signalling. */
  SGls: number;
  seSGls: number;
  /** CH-Eberhard J and its generalised least squares estimate. */
  J: number;
  JGls: number;
  seJGls: number;
  game: {
    wins: number;
    n: number;
    /** Bound on a local model's chance to win: 3/4 unless given. */
    beta: number;
    /** wins / n and its exact 95 % interval (Clopper, Pearson). */
    win: number;
    ci95: [number, number];
    /** P(Bin(n, beta) >= wins), valid with memory; log10P stays finite where it underflows. */
    pBinomial: number;
    log10P: number;
    pHoeffding: number;
    /** The same with beta = 1 - the smallest observed setting frequency. */
    biased: { beta: number; pBinomial: number; log10P: number };
    /** KL(win || beta) in bits per trial at the beta that the verdict uses, 0 unless win is above it. */
    bits: number;
    /** ceil(ln(1/alpha) / D), D = bits in nats: at most so many trials won at this rate reject at that beta; null at 0 bits. */
    trialsNeeded: number | null;
    /** 1 / max of the e-process, valid however the trials were stopped; trials only. */
    pAnytime: number | null;
  };
  /** E-value against local models: fixed bet on counts, learning bet on ordered trials. */
  eValue: number;
  /** Prediction-based ratios against local models: log of their product, p = min(1, 1/product); trials only. */
  pbr: { logRatio: number; p: number } | null;
  wilks: { lr: number; p: number };
  noSignalling: {
    chi2: number;
    df: number;
    p: number;
    z: [number, number, number, number];
    /** Prediction-based ratios against no-signalling; trials only. */
    pbr: { logRatio: number; p: number } | null;
  };
  delta: number;
  sOdd: number;
  cbd: number;
  cnt2: number;
  contextualFraction: number;
  signallingFraction: number;
  /** min KL(f || local), bits per trial. */
  klBits: number;
  /** ceil(ln(1/alpha) / D), D = klBits in nats, with signalling counted as evidence against local models; null when S <= 2. */
  trialsNeeded: number | null;
  quantum: { arcsin: number; inside: boolean };
  verdict: Verdict;
  warnings: string[];
  /** Reasons for nulls under the name of the quantity, and the five guards under theirs (`GUARDS`). */
  notes: Record<string, string>;
}

/** Names under which `notes` carries the five guards. */
export const GUARDS = ['memory', 'settingBias', 'signalling', 'multiplicity', 'optionalStopping'] as const;

/** Results that only the order of trials can give. */
export interface OrderedEvidence {
  logE: number;
  pAnytime: number;
  pbr: { logRatio: number; p: number };
  noSignallingPbr: { logRatio: number; p: number };
}
