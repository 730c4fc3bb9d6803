// Verdicts on a sweep of replica summaries, Holm-corrected over its cells.

import { holm } from './holm.ts';
import { climb, excessWords, influenceWords, type Rung, type Verdict, WORDS_SHARED, wordsOf } from './ladder.ts';
import { checkAlpha } from './moments.ts';
import { short, showP, showS } from './text.ts';

/** The numbers of one cell that decide its verdict, named as in `ReplicaAnalysis`. */
export interface VerdictCell {
  replicas: number;
  pS: number;
  sMean: number;
  ci95Bounded: ArrayLike<number>;
  noSignallingP: number | null;
  pCbd: number | null;
  cbdCi95: ArrayLike<number> | null;
  trialsNeeded: number | null;
  /** Mean same-seed flips, null when unknown. */
  flips: number | null;
  /** True: the outcomes come from one trained system, so that rung 5 also names the shared parameters. */
  trained: boolean;
}

/**
 * One verdict per cell. The tests of S <= 2 and of s_odd - Delta - 2 <= 0, whose rejection raises a rung, are
 * Holm-corrected over the cells that have them. The test of no signalling is not: not to reject it raises the rung, and a
 * correction would let any further cell of a sweep make that easier. The p-values are doubled one-sided ones, so that
 * for a single cell, where Holm changes nothing, rung 2 says exactly that the lower limit of ci95Bounded reaches 2, and
 * rung 3 that the lower limit of cbdCi95 is not above 0.
 * Rungs: 1 S <= 2; 2 pS >= alpha; 3 signalling detected and pCbd >= alpha or not tested; 4 otherwise, with flips > 0 or
 * unknown; 5 with flips = 0, in other words where pCbd >= alpha. No signalling is detected where it could not be tested.
 * @throws one line on p-values outside 0 to 1 or alpha outside 0 to 1
 */
export function verdicts(cells: readonly VerdictCell[], alpha = 0.05): Verdict[] {
  checkAlpha(alpha, 'verdicts');
  const pS = corrected(cells.map((cell) => cell.pS));
  const pCbd = corrected(cells.map((cell) => cell.pCbd));
  return cells.map((cell, i) => {
    const signalling = cell.noSignallingP !== null && cell.noSignallingP < alpha;
    const beyondInfluence = pCbd[i] !== null && pCbd[i].p < alpha;
    const above = cell.sMean > 2 + 1e-12;
    const significant = pS[i]!.p < alpha;
    const rung = climb({ above, significant, signalling, beyondInfluence, flips: cell.flips, separated: false });
    const influence = influenceOf(cell, signalling, beyondInfluence, pCbd[i]);
    return {
      rung,
      words: words(rung, cell, beyondInfluence),
      reason: reason(rung, cell, pS[i]!.text, influence, alpha),
    };
  });
}

/** Holm's p of each test that was made, with its words; null where none was. */
function corrected(pValues: (number | null)[]): ({ p: number; text: string } | null)[] {
  const made = pValues.filter((p) => p !== null);
  const adjusted = holm(made);
  let next = 0;
  return pValues.map((raw) => {
    if (raw === null) return null;
    const p = adjusted[next++];
    return { p, text: `${made.length > 1 ? 'Holm-corrected ' : ''}${showP(p)}` };
  });
}

function words(rung: Rung, cell: VerdictCell, beyondInfluence: boolean): string {
  const own = wordsOf(rung, { flips: cell.flips, beyondInfluence });
  return rung === 5 && cell.trained ? `${own}; ${WORDS_SHARED}` : own;
}

const untested = ({ replicas }: VerdictCell) =>
  `could not be tested with ${replicas} replica${replicas === 1 ? '' : 's'}`;

function influenceOf(cell: VerdictCell, signalling: boolean, beyond: boolean, pCbd: { text: string } | null): string {
  const { noSignallingP, cbdCi95 } = cell;
  if (noSignallingP === null) return `signalling ${untested(cell)}`;
  const excess =
    pCbd && cbdCi95
      ? excessWords(beyond, `from ${short(cbdCi95[0])} to ${short(cbdCi95[1])}, ${pCbd.text}`)
      : untested(cell);
  return influenceWords(signalling, showP(noSignallingP), beyond, excess);
}

function reason(rung: Rung, cell: VerdictCell, pS: string, influence: string, alpha: number): string {
  const s = `S = ${showS(cell.sMean)}`;
  switch (rung) {
    case 1:
      return `${s} does not exceed 2`;
    case 2: {
      const { replicas, trialsNeeded, noSignallingP } = cell;
      const few = trialsNeeded !== null && trialsNeeded > replicas;
      return [
        `${s}, but ${pS} for S <= 2 is not below ${alpha} (bounded-mean interval from ${showS(cell.ci95Bounded[0])})`,
        ...(few ? [`about ${trialsNeeded} replicas would decide, ${replicas} are there`] : []),
        ...(noSignallingP === null ? [influence] : []),
      ].join('; ');
    }
    case 3:
      return `${s} (${pS}); ${influence}`;
    case 4:
      return `${s} (${pS}); ${influence}; same-seed flips ${cell.flips === null ? 'are not known' : `are ${short(cell.flips)}`}`;
    case 5:
      return `${s} (${pS}); ${influence}; same-seed flips are 0`;
  }
}
