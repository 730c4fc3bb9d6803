// The verdict on counts or trials: the ladder climbed with the memory-robust p-value of the game.

import type { PValue } from './game.ts';
import type { InfluenceBootstrap } from './influence-bootstrap.ts';
import { climb, excessWords, influenceWords, type Rung, type Verdict, wordsOf } from './ladder.ts';
import { short, showP, showS } from './text.ts';

/**
 * Below this p-value of equal setting frequencies the fair bound 3/4 is not believed: unless beta or a predictability was
 * given, the verdict then uses beta = 1 - the smallest setting frequency. Stricter than alpha, since four frequencies
 * drawn fairly differ at level .05 in one experiment of twenty.
 */
export const SETTING_ALARM = 0.001;

/** The facts on which the verdict on counts rests. */
export interface CountEvidence {
  s: number;
  /** Memory-robust p-value and the bound it was computed for. */
  p: PValue;
  beta: number;
  signallingP: number;
  /** An outcome shifts with the other's setting without any variance: Wald's statistic is infinite. */
  certainShift: boolean;
  /** Called only where the ladder needs it: S > 2 and significant. */
  bootstrap: () => InfluenceBootstrap;
  flips: number | null;
  separated: boolean;
  alpha: number;
}

/**
 * Rungs: 1 S <= 2; 2 memory-robust p >= alpha; 3 the no-signalling test rejects (Wald's statistic is infinite or its
 * p < alpha) and the lower bootstrap limit of s_odd - Delta - 2 is not above 0; 5 flips known to be 0, or not known and
 * the parties declared separated; 4 otherwise. Where rung 5 rests on undetected signalling alone its words say so.
 */
export function countVerdict(e: CountEvidence): { verdict: Verdict; bootstrap: InfluenceBootstrap | null } {
  const above = e.s > 2 + 1e-12;
  const significant = e.p.log10P < Math.log10(e.alpha);
  const signalling = e.certainShift || e.signallingP < e.alpha;
  const bootstrap = above && significant ? e.bootstrap() : null;
  const beyondInfluence = bootstrap !== null && bootstrap.pCbd < e.alpha;
  const rung = climb({ above, significant, signalling, beyondInfluence, flips: e.flips, separated: e.separated });
  const words = wordsOf(rung, { flips: e.flips, beyondInfluence });
  return { verdict: { rung, words, reason: reason(rung, e, influence(e, signalling, bootstrap)) }, bootstrap };
}

function influence(e: CountEvidence, signalling: boolean, bootstrap: InfluenceBootstrap | null): string {
  if (bootstrap === null) return '';
  const { pCbd, cbdCi } = bootstrap;
  const excess = excessWords(pCbd < e.alpha, `from ${short(cbdCi[0])} to ${short(cbdCi[1])}`);
  return influenceWords(signalling, showP(e.signallingP), pCbd < e.alpha, excess);
}

function reason(rung: Rung, e: CountEvidence, influence: string): string {
  const s = `S = ${showS(e.s)}`;
  const p = `memory-robust ${showP(e.p)} at beta = ${short(e.beta)}`;
  switch (rung) {
    case 1:
      return `${s} does not exceed 2`;
    case 2:
      return `${s}, but ${p} is not below ${e.alpha}`;
    case 3:
      return `${s} (${p}); ${influence}`;
    case 4: {
      const why =
        e.flips === null ? 'the parties were not declared separated' : `same-seed flips are ${short(e.flips)}`;
      return `${s} (${p}); ${influence}; ${why}`;
    }
    case 5:
      return `${s} (${p}); ${influence}; ${e.separated ? 'the parties were declared separated' : 'same-seed flips are 0'}`;
  }
}
