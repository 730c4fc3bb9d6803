// Verdicts on a sweep of replica summaries, Holm-corrected over its cells.

import { holm } from './holm.ts';
import { climb, type Rung, type Verdict, WORDS, WORDS_SHARED, WORDS_UNKNOWN } from './ladder.ts';
import { checkAlpha } from './moments.ts';
import { short, showP, showS } from './text.ts';

/** The numbers of one cell that decide its verdict, named as in `ReplicaAnalysis`. */
export interface VerdictCell {
  pS: number;
  sMean: number;
  ci95Bounded: ArrayLike<number>;
  noSignallingP: number;
  pCbd: number;
  cbdCi95: ArrayLike<number>;
  /** Mean same-seed flips, null when unknown. */
  flips: number | null;
  /** True: the outcomes come from one trained system, so that rung 5 also names the shared parameters. */
  trained: boolean;
}

/**
 * One verdict per cell. Each family of tests (S <= 2, no signalling, s_odd - Delta - 2 <= 0) is Holm-corrected over all
 * cells. The p-values are doubled one-sided ones, so that for a single cell, where Holm changes nothing, rung 2 says
 * exactly that the lower limit of ci95Bounded reaches 2, and rung 3 that the lower limit of cbdCi95 is not above 0.
 * Rungs: 1 S <= 2; 2 pS >= alpha; 3 signalling detected and pCbd >= alpha; 4 otherwise, with flips > 0 or unknown;
 * 5 with flips = 0. No signalling is detected where it could not be tested.
 * @throws one line on p-values outside 0 to 1 or alpha outside 0 to 1
 */
export function verdicts(cells: readonly VerdictCell[], alpha = 0.05): Verdict[] {
  checkAlpha(alpha, 'verdicts');
  const pS = holm(cells.map((cell) => cell.pS));
  const pSignalling = holm(cells.map((cell) => cell.noSignallingP));
  const pCbd = holm(cells.map((cell) => cell.pCbd));
  return cells.map((cell, i) => {
    const rung = climb({
      above: cell.sMean > 2 + 1e-12,
      significant: pS[i] < alpha,
      signalling: pSignalling[i] < alpha,
      beyondInfluence: pCbd[i] < alpha,
      flips: cell.flips,
      separated: false,
    });
    return { rung, words: words(rung, cell), reason: reason(rung, cell, pS[i], pSignalling[i], pCbd[i], alpha) };
  });
}

function words(rung: Rung, cell: VerdictCell): string {
  if (rung === 4 && cell.flips === null) return WORDS_UNKNOWN;
  if (rung === 5 && cell.trained) return `${WORDS[5]}; ${WORDS_SHARED}`;
  return WORDS[rung];
}

function reason(rung: Rung, cell: VerdictCell, pS: number, pSignalling: number, pCbd: number, alpha: number): string {
  const s = `S = ${showS(cell.sMean)}`;
  const influence =
    pSignalling < alpha
      ? `signalling is detected (${showP(pSignalling)}) but s_odd - Delta - 2 is above 0 (from ${short(cell.cbdCi95[0])})`
      : `no signalling is detected (${showP(pSignalling)})`;
  switch (rung) {
    case 1:
      return `${s} does not exceed 2`;
    case 2:
      return `${s}, but ${showP(pS)} for S <= 2 is not below ${alpha} (bounded-mean interval from ${short(cell.ci95Bounded[0])})`;
    case 3:
      return `${s} (${showP(pS)}); signalling is detected (${showP(pSignalling)}) and s_odd - Delta - 2 may be 0 or less (from ${short(cell.cbdCi95[0])}, ${showP(pCbd)})`;
    case 4:
      return `${s} (${showP(pS)}); ${influence}; same-seed flips ${cell.flips === null ? 'are not known' : `are ${short(cell.flips)}`}`;
    case 5:
      return `${s} (${showP(pS)}); ${influence}; same-seed flips are 0`;
  }
}
