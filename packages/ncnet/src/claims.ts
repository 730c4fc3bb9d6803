// Verdicts on the paper's claims about the curve S(n), decided by intervals and never by eye. Claims as listed in docs/method.md.
import type { OutcomeRule } from './cell.ts';
import { type ChartRow, fixed, pick } from './charts.ts';
import type { ClaimVerdict } from './experiment.ts';

const interval = (row: ChartRow): string =>
  `S(${row.hidden}) = ${fixed(row.S.mean)} [${fixed(row.S.ci95Bounded[0])}, ${fixed(row.S.ci95Bounded[1])}]`;

/** The row of the largest mean S. */
export const highest = (curve: ChartRow[]): ChartRow =>
  curve.reduce((best, row) => (row.S.mean > best.S.mean ? row : best));

const above2 = (row: ChartRow): boolean => row.S.mean > 2 && row.verdict.rung >= 3;
const below2 = (row: ChartRow): boolean => row.S.ci95Bounded[1] < 2;

/** C2: with too small a capacity S < 2, rising toward 2. Judged on the widths before the first with S > 2. */
export function judgeSmallCapacity(rows: ChartRow[], outcome: OutcomeRule): ClaimVerdict {
  const claim = 'With too small a capacity S stays below 2 and rises toward 2 with n.';
  const curve = pick(rows, outcome);
  const peak = curve.findIndex(above2);
  const before = peak < 0 ? curve : curve.slice(0, peak);
  if (before.length === 0)
    return {
      id: 'C2',
      claim,
      verdict: 'not supported',
      because: `S > 2 at the smallest width: ${interval(curve[0])}.`,
    };
  const below = before.every(below2);
  const rising = before.every((row, k) => k === 0 || row.S.ci95Bounded[0] > before[k - 1].S.ci95Bounded[1]);
  return {
    id: 'C2',
    claim,
    verdict: below && rising ? 'supported' : below ? 'partly supported' : 'not supported',
    because: `${before.map(interval).join(', ')}; ${below ? 'all below 2' : 'not all below 2'}, ${rising ? 'each above the one before' : 'not rising at every step'}.`,
  };
}

/** C3: near a critical size S exceeds 2. The rung of the ladder says what the excess means. */
export function judgeBump(rows: ChartRow[], outcome: OutcomeRule): ClaimVerdict {
  const claim = 'Near a critical capacity S exceeds 2.';
  const curve = pick(rows, outcome);
  const top = highest(curve);
  if (!above2(top))
    return { id: 'C3', claim, verdict: 'not supported', because: `largest ${interval(top)}: ${top.verdict.words}.` };
  const widths = curve.filter(above2).map((row) => row.hidden);
  return {
    id: 'C3',
    claim,
    verdict: 'supported',
    because: `${interval(top)}, above 2 at n = ${widths.join(', ')}. What it means: rung ${top.verdict.rung}, ${top.verdict.words}; Δ = ${fixed(top.delta)}, s_odd − Δ = ${fixed(top.sOdd - top.delta)}.`,
  };
}

/** C4: at larger n S decays to 2. Judged on the widths from twice the peak on, with a margin of 0.05. */
export function judgeDecay(rows: ChartRow[], outcome: OutcomeRule): ClaimVerdict {
  const claim = 'At larger n S decays to 2 and stays there.';
  const margin = 0.05;
  const curve = pick(rows, outcome);
  const top = highest(curve);
  const tail = curve.filter((row) => row.hidden >= 2 * top.hidden && row.hidden >= 8);
  if (tail.length === 0)
    return {
      id: 'C4',
      claim,
      verdict: 'not tested',
      because: `no width of at least 8 and twice the peak at n = ${top.hidden}.`,
    };
  const inside = tail.filter((row) => row.S.ci95Bounded[0] >= 2 - margin && row.S.ci95Bounded[1] <= 2 + margin).length;
  const outside = tail.filter((row) => row.S.ci95Bounded[0] > 2 + margin || row.S.ci95Bounded[1] < 2 - margin).length;
  const open = tail.length - inside - outside;
  return {
    id: 'C4',
    claim,
    verdict: open > 0 ? 'not tested' : outside === 0 ? 'supported' : inside > 0 ? 'partly supported' : 'not supported',
    because: `${tail.map(interval).join(', ')}; ${inside} of ${tail.length} within ${margin} of 2${open > 0 ? `, ${open} undecided: too few replicas` : ''}.`,
  };
}
