// Verdicts on the paper's claims about BERT with LoRA: t tests and intervals over few seeds, never by eye.
import { holm, studentTail } from 'chsh';
import { fixed, pick } from '../charts.ts';
import { correlation } from '../dense/charts.ts';
import type { ClaimVerdict } from '../experiment.ts';
import { mean } from '../mean.ts';
import { ALPHA } from '../summary.ts';
import type { LoraRecords } from './runs.ts';
import { type LoraPoint, type LoraRow, loraPoints } from './summary.ts';

const MARGIN = 0.05;
const LOW_RANK = 4;
const LEAST_SEEDS = 3; // to look within a rank
const Z95 = 1.959964; // 97.5 % quantile of the normal distribution

const interval = ({ rank, S }: LoraRow): string =>
  `S(${rank}) = ${fixed(S.mean)} [${fixed(S.ci95[0])}, ${fixed(S.ci95[1])}]`;
const highest = (rows: readonly LoraRow[]): LoraRow =>
  rows.reduce((best, row) => (row.S.mean > best.S.mean ? row : best));
const largest = (rows: readonly LoraRow[]): LoraRow => rows.reduce((most, row) => (row.rank > most.rank ? row : most));
const reaches2 = ({ S }: LoraRow): boolean => S.mean >= 2;

/** The ranks with S above 2: one-sided t tests of S <= 2 over seeds, Holm-corrected over the ranks. */
function ranksAbove2(rows: readonly LoraRow[]): number[] {
  const p = rows.map(({ S, replicas: n }) =>
    n > 1 && S.mean > 2 ? studentTail(((S.mean - 2) / S.sd) * Math.sqrt(n), n - 1) : 1,
  );
  const adjusted = holm(p);
  return rows.filter((_, k) => adjusted[k] < ALPHA).map(({ rank }) => rank);
}

const tests = ({ replicas }: LoraRow): string =>
  `t intervals over ${replicas} seeds; above 2 is a one-sided t test, Holm-corrected over the ranks`;

/** C7, first half: low rank on the mixed tasks gives S > 2. The ladder's rung says what an excess means. */
export function judgeBump(rows: readonly LoraRow[]): ClaimVerdict {
  const train = pick(rows, 'correct');
  const top = highest(train);
  const above = ranksAbove2(train);
  const low = above.filter((rank) => rank <= LOW_RANK);
  const open = train.filter(({ rank, S }) => !above.includes(rank) && S.ci95[1] > 2).map(({ rank }) => rank);
  return {
    id: 'C7-low-rank',
    claim: 'A low-rank adapter on the mixed tasks gives S > 2.',
    verdict:
      low.length > 0
        ? 'supported'
        : above.length > 0
          ? 'partly supported'
          : open.some((rank) => rank <= LOW_RANK)
            ? 'not tested'
            : 'not supported',
    because: `${train.map(interval).join(', ')} (${tests(top)}); ${above.length === 0 ? `above 2 at no rank${open.length > 0 ? `, undecided at rank ${open.join(', ')}` : ''}` : `above 2 at rank ${above.join(', ')}${low.length === 0 ? `, none of them low (${LOW_RANK} at most)` : ''}`}. Largest at rank ${top.rank} with C = ${top.C.map((value) => fixed(value)).join(', ')}, Δ = ${fixed(top.delta)}; rung ${top.verdict.rung}, ${top.verdict.words}.`,
  };
}

/** C7, second half: S goes to 2 as the rank grows. Judged at the largest rank, with a margin. */
export function judgeDecay(rows: readonly LoraRow[]): ClaimVerdict {
  const train = pick(rows, 'correct');
  const last = largest(train);
  const [low, high] = last.S.ci95;
  const inside = low >= 2 - MARGIN && high <= 2 + MARGIN;
  const outside = low > 2 + MARGIN || high < 2 - MARGIN;
  return {
    id: 'C7-large-rank',
    claim: 'S goes to 2 as the rank grows.',
    verdict: inside ? 'supported' : outside ? 'not supported' : 'not tested',
    because: `at the largest rank ${interval(last)}, ${inside ? 'within' : outside ? 'not within' : 'not decided against'} ${MARGIN} of 2; accuracy on the training rows ${fixed(last.trainAccuracy)}.`,
  };
}

/** C7, the role of balance: tasks of equal difficulty give no bump. */
export function judgeBalance(rows: readonly LoraRow[]): ClaimVerdict {
  const train = pick(rows, 'correct');
  const top = highest(train);
  const some = ranksAbove2(train).length > 0;
  const none = train.every(({ S }) => S.ci95[1] <= 2 + MARGIN);
  return {
    id: 'C7-balance',
    claim: 'Four tasks of equal difficulty give no S > 2.',
    verdict: some ? 'not supported' : none ? 'supported' : 'not tested',
    because: `${train.map(interval).join(', ')} (${tests(top)}); where S is largest, rank ${top.rank}, the four C are ${top.C.map((value) => fixed(value)).join(', ')}.`,
  };
}

/** r of S (training rows) with held-out accuracy; null where one of them does not vary. */
function heldOutCorrelation(points: readonly Pick<LoraPoint, 'S' | 'heldOut'>[]): number | null {
  const r = correlation(
    points.map(({ S }) => S),
    points.map(({ heldOut }) => heldOut),
  );
  return Number.isFinite(r) ? Math.max(-1, Math.min(1, r)) : null;
}

/**
 * The correlation within ranks, of S and accuracy each less its mean over the seeds of a rank, with its 95 % interval by
 * Fisher's z (1915) at df = seeds of all ranks - ranks - 1; null where one of the two does not vary.
 */
function withinRanks(points: readonly LoraPoint[], ranks: readonly number[]) {
  const centred = ranks.flatMap((rank) => {
    const own = points.filter((point) => point.rank === rank);
    const [S, heldOut] = [mean(own.map((point) => point.S)), mean(own.map((point) => point.heldOut))];
    return own.map((point) => ({ S: point.S - S, heldOut: point.heldOut - heldOut }));
  });
  const r = heldOutCorrelation(centred);
  if (r === null) return null;
  const half = Z95 / Math.sqrt(centred.length - ranks.length - 2);
  return { r, low: Math.tanh(Math.atanh(r) - half), high: Math.tanh(Math.atanh(r) + half) };
}

const words = (r: number | null): string => (r === null ? 'none (one of them does not vary)' : fixed(r, 2));

/** C6, first half: below capacity S goes with generalisation. Judged on the ranks before S reaches 2. */
export function judgeCorrelation(cells: readonly LoraRecords[], rows: readonly LoraRow[]): ClaimVerdict {
  const train = pick(rows, 'correct');
  const first = train.findIndex(reaches2);
  const ranks = (first < 0 ? train : train.slice(0, first)).map(({ rank }) => rank);
  const points = loraPoints(cells);
  const below = points.filter(({ rank }) => ranks.includes(rank));
  const pooled = heldOutCorrelation(below);
  const enough = cells.every(({ replicas }) => replicas >= LEAST_SEEDS);
  const within = enough ? withinRanks(below, ranks) : null;
  return {
    id: 'C6-correlation',
    claim: 'Below capacity S correlates positively with generalisation.',
    verdict:
      ranks.length < 2 || pooled === null || !enough
        ? 'not tested'
        : pooled > 0.3 && within !== null && within.low > 0
          ? 'supported'
          : pooled > 0.1
            ? 'partly supported'
            : 'not supported',
    because: `correlation of S on the training rows with accuracy on rows held out, seeds pooled over the ranks before S reaches 2 (${ranks.join(', ') || 'none'}): ${words(pooled)}; over all ranks ${words(heldOutCorrelation(points))}. ${enough ? wordsWithin(within) : `Too few seeds to look within a rank: ${cells[0].replicas}.`}`,
  };
}

function wordsWithin(within: ReturnType<typeof withinRanks>): string {
  if (within === null) return 'Within a rank nothing is shown: one of them does not vary.';
  const { r, low, high } = within;
  const shown =
    low > 0
      ? 'within a rank too the seeds with a larger S generalise better'
      : high < 0
        ? 'within a rank the seeds with a larger S generalise worse'
        : 'within a rank nothing is shown';
  return `Both centred by rank: ${fixed(r, 2)} [${fixed(low, 2)}, ${fixed(high, 2)}]: ${shown}.`;
}

/** C6, second half: where S first reaches 2, generalisation is good. */
export function judgeFirst2(rows: readonly LoraRow[]): ClaimVerdict {
  const heldOut = pick(rows, 'held-out');
  const first = pick(rows, 'correct').find(reaches2);
  const best = heldOut.reduce((most, row) => (row.heldOutAccuracy! > most.heldOutAccuracy! ? row : most));
  return {
    id: 'C6-first-2',
    claim: 'Where S first reaches 2, generalisation is good.',
    verdict:
      first === undefined
        ? 'not tested'
        : first.heldOutAccuracy! > best.heldOutAccuracy! - 0.02
          ? 'supported'
          : 'not supported',
    because:
      first === undefined
        ? `S does not reach 2 at these ranks; accuracy on rows held out is best at rank ${best.rank}: ${fixed(best.heldOutAccuracy!)}.`
        : `S first reaches 2 at rank ${first.rank} with accuracy ${fixed(first.heldOutAccuracy!)} on rows held out; the best rank, ${best.rank}, has ${fixed(best.heldOutAccuracy!)}.`,
  };
}
