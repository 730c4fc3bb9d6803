// Verdicts on the paper's claims about BERT with LoRA, decided by t intervals over seeds and never by eye.
import { fixed, pick } from '../charts.ts';
import { correlation } from '../dense/charts.ts';
import type { ClaimVerdict } from '../experiment.ts';
import type { LoraRecords } from './runs.ts';
import { type LoraRow, loraPoints } from './summary.ts';

const MARGIN = 0.05;
const LOW_RANK = 4;
const LEAST_SEEDS = 3; // of a correlation within one rank

const interval = ({ rank, S }: LoraRow): string =>
  `S(${rank}) = ${fixed(S.mean)} [${fixed(S.ci95[0])}, ${fixed(S.ci95[1])}]`;
const highest = (rows: readonly LoraRow[]): LoraRow =>
  rows.reduce((best, row) => (row.S.mean > best.S.mean ? row : best));
const largest = (rows: readonly LoraRow[]): LoraRow => rows.reduce((most, row) => (row.rank > most.rank ? row : most));
const above2 = ({ S }: LoraRow): boolean => S.ci95[0] > 2;

/** C7, first half: low rank on the mixed tasks gives S > 2. The ladder's rung says what an excess means. */
export function judgeBump(rows: readonly LoraRow[]): ClaimVerdict {
  const train = pick(rows, 'correct');
  const top = highest(train);
  const above = train.filter(above2).map(({ rank }) => rank);
  const low = above.filter((rank) => rank <= LOW_RANK);
  const open = train.filter((row) => !above2(row) && row.S.ci95[1] > 2).map(({ rank }) => rank);
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
    because: `${train.map(interval).join(', ')} (t intervals over ${top.replicas} seeds); ${above.length === 0 ? `above 2 at no rank${open.length > 0 ? `, undecided at rank ${open.join(', ')}` : ''}` : `above 2 at rank ${above.join(', ')}${low.length === 0 ? `, none of them low (${LOW_RANK} at most)` : ''}`}. Largest at rank ${top.rank} with C = ${top.C.map((value) => fixed(value)).join(', ')}, Δ = ${fixed(top.delta)}; rung ${top.verdict.rung}, ${top.verdict.words}.`,
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
  const some = train.some(above2);
  const none = train.every(({ S }) => S.ci95[1] <= 2 + MARGIN);
  return {
    id: 'C7-balance',
    claim: 'Four tasks of equal difficulty give no S > 2.',
    verdict: some ? 'not supported' : none ? 'supported' : 'not tested',
    because: `${train.map(interval).join(', ')} (t intervals over ${top.replicas} seeds); where S is largest, rank ${top.rank}, the four C are ${top.C.map((value) => fixed(value)).join(', ')}.`,
  };
}

/** r of S (training rows) with held-out accuracy over all seeds of some ranks; null where one of them does not vary. */
function heldOutCorrelation(cells: readonly LoraRecords[], wanted = (_rank: number): boolean => true) {
  const points = loraPoints(cells).filter(({ rank }) => wanted(rank));
  const r = correlation(
    points.map(({ S }) => S),
    points.map(({ heldOut }) => heldOut),
  );
  return Number.isFinite(r) ? r : null;
}

const words = (r: number | null): string => (r === null ? 'none (one of them does not vary)' : fixed(r, 2));

/** C6, first half: below capacity S goes with generalisation. Judged on the ranks before S reaches 2. */
export function judgeCorrelation(cells: readonly LoraRecords[], rows: readonly LoraRow[]): ClaimVerdict {
  const train = pick(rows, 'correct');
  const first = train.findIndex(({ S }) => S.mean >= 2);
  const below = (first < 0 ? train : train.slice(0, first)).map(({ rank }) => rank);
  const pooled = heldOutCorrelation(cells, (rank) => below.includes(rank));
  const single = below.map((rank) => ({ rank, r: heldOutCorrelation(cells, (other) => other === rank) }));
  const enough = cells.every(({ replicas }) => replicas >= LEAST_SEEDS);
  const everyRank = single.every(({ r }) => r !== null && r > 0);
  const within = single.map(({ rank, r }) => `r = ${rank} ${words(r)}`).join(', ');
  return {
    id: 'C6-correlation',
    claim: 'Below capacity S correlates positively with generalisation.',
    verdict:
      below.length < 2 || pooled === null || !enough
        ? 'not tested'
        : pooled > 0.3 && everyRank
          ? 'supported'
          : pooled > 0.1
            ? 'partly supported'
            : 'not supported',
    because: `correlation of S on the training rows with accuracy on rows held out, seeds pooled over the ranks before S reaches 2 (${below.join(', ') || 'none'}): ${words(pooled)}; over all ranks ${words(heldOutCorrelation(cells))}. ${enough ? `Within single ranks: ${within || 'none'}${everyRank ? '' : ': part of the pooled correlation is between ranks'}.` : `Too few seeds to look within a rank: ${cells[0].replicas}.`}`,
  };
}

/** C6, second half: where S first reaches 2, generalisation is good. */
export function judgeFirst2(rows: readonly LoraRow[]): ClaimVerdict {
  const heldOut = pick(rows, 'held-out');
  const first = pick(rows, 'correct').find(({ S }) => S.mean >= 2 - MARGIN);
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
        : `S first comes within ${MARGIN} of 2 at rank ${first.rank} with accuracy ${fixed(first.heldOutAccuracy!)} on rows held out; the best rank, ${best.rank}, has ${fixed(best.heldOutAccuracy!)}.`,
  };
}
