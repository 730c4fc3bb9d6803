// The one file that asks chsh: the summary of cells under the outcome rules.
import { analyseReplicas, verdicts } from 'chsh';
import type { Cell, OutcomeRule } from './cell.ts';
import type { BlockStatistics, RuleStatistics } from './statistics.ts';

/** A cell with the statistics of all its replicas, in replica order. */
export interface CellRecords {
  cell: Cell;
  replicas: number;
  recordHash: string;
  probeHash: string | null; // of the probe lines, null where nothing was probed
  blocks: string[]; // sha-256 of each block's record lines
  statistics: BlockStatistics;
}

export interface Flips {
  a1: number;
  a2: number;
  b1: number;
  b2: number;
  mean: number;
}

function flipRates(flips: number[] | null): Flips | null {
  if (flips === null) return null;
  const [a1, a2, b1, b2] = [0, 2, 4, 6].map((k) => flips[k] / flips[k + 1]);
  return { a1, a2, b1, b2, mean: (a1 + a2 + b1 + b2) / 4 };
}

export const ALPHA = 0.05;

/** Keys of a row that tables show in columns of their own, or leave to the JSON. */
export const SUMMARY_KEYS: ReadonlySet<string> = new Set([
  ...['hidden', 'rank', 'outcome', 'replicas', 'absS', 'delta', 'noSignallingP', 'sOdd', 'cbd', 'pS', 'pCbd'],
  ...['trialsNeeded', 'recordHash', 'probeHash'],
]);

/** The summary of one rule in every cell of a sweep; verdicts are Holm-corrected over the cells (see chsh's `verdicts`), pS and pCbd are not. Rows keep their order. */
export function summarizeRule(cells: readonly { seed: number; rule: RuleStatistics }[], alpha = ALPHA) {
  const analyses = cells.map(({ seed, rule }) => {
    const flips = flipRates(rule.flips);
    const analysis = analyseReplicas(
      { correlations: rule.correlations, marginals: rule.marginals, flips, seed },
      { alpha },
    );
    return { flips, analysis };
  });
  const verdict = verdicts(
    analyses.map(({ analysis, flips }) => ({
      ...analysis,
      sMean: analysis.S.mean,
      ci95Bounded: analysis.S.ci95Bounded,
      flips: flips?.mean ?? null,
      trained: true,
    })),
    alpha,
  );
  return analyses.map(({ analysis, flips }, index) => {
    const [pp, pm, mp, mm] = cells[index].rule.joint22;
    const total = pp + pm + mp + mm;
    const { S, absS, signs, C, marginals, delta, deltaCi95, noSignallingP, sOdd, cbd, cbdCi95, pS, pCbd } = analysis;
    return {
      replicas: analysis.replicas,
      ...{ S, absS, signs, C, marginals, delta, deltaCi95, noSignallingP, sOdd, cbd, cbdCi95, pS, pCbd },
      composition: { both: pp / total, one: (pm + mp) / total, neither: mm / total },
      flips,
      verdict: verdict[index],
      trialsNeeded: analysis.trialsNeeded,
    };
  });
}

/** The summary of every cell under every rule, verdicts Holm-corrected over the cells of a rule. Rows keep the order cell, rule. */
export function summarizeCells(cells: CellRecords[], outcomes: readonly OutcomeRule[], alpha = ALPHA) {
  const columns = outcomes.map((outcome) => {
    const rules = cells.map(({ cell, statistics }) => {
      const rule = statistics.rules[outcome];
      if (rule !== undefined) return { seed: cell.seed, rule };
      throw new Error(
        `summarizeCells: outcome ${outcome} is not in the records of hidden ${cell.hidden}; ${REMEDY[outcome] ?? 'ask for another rule'}`,
      );
    });
    return { outcome, rows: summarizeRule(rules, alpha) };
  });
  return cells.flatMap(({ cell, recordHash, probeHash }, index) =>
    columns.map(({ outcome, rows }) => ({ hidden: cell.hidden, outcome, ...rows[index], recordHash, probeHash })),
  );
}

const REMEDY: Partial<Record<OutcomeRule, string>> = {
  'held-out': 'leave rows out with trainRows (--train-rows N)',
  'loss-step': 'measure the losses with lossSteps "half" or "all"',
};

export type CellSummary = ReturnType<typeof summarizeCells>[number];
