// The summary of lora cells under the outcome rules, with the accuracy of every head and of every task alone, and how S goes with it.
import { mean } from '../mean.ts';
import { type RuleStatistics, ruleStatistics } from '../statistics.ts';
import { summarizeRule } from '../summary.ts';
import type { LoraOutcome } from './names.ts';
import { type LoraRecord, successTally } from './record.ts';
import type { LoraRecords } from './runs.ts';

const OBSERVED = ['a1b1', 'a1b2', 'a2b1', 'a2b2', 'b1a1', 'b1a2', 'b2a1', 'b2a2'] as const;

/** Share of rows that a head has right: a1b2 is Alice's on A1 where Bob's task is B2. */
export type Accuracies = Record<(typeof OBSERVED)[number], number>;

type Split = 'correct' | 'held-out';

const TASKS = ['a1', 'a2', 'b1', 'b2'] as const;

/** Share of rows that the head of a task has right which was trained alone. */
export type AloneAccuracies = Record<(typeof TASKS)[number], number>;

/**
 * When a head succeeds: with at least this share of its training rows, or with at least the accuracy of its task trained
 * alone, in the same replica, minus a margin.
 */
export type SuccessRule = number | { margin: number };

const ROUNDING = 1e-12; // of differences of shares: a head that is right at the margin succeeds

const isAlone = ({ cell }: LoraRecords): boolean => cell.alone === true;

/** The least share of training rows of a1, a2, b1, b2 that is a success, by replica. */
function leastOf(cells: readonly LoraRecords[], success: SuccessRule): (replica: number) => readonly number[] {
  if (typeof success === 'number') return () => [success, success, success, success];
  const records = cells.find(isAlone)?.statistics.alone ?? [];
  const least = new Map(
    records.map(({ replica, right, rows }) => [
      replica,
      right.correct.map((count) => count / rows.correct - success.margin - ROUNDING),
    ]),
  );
  return (replica) => {
    const own = least.get(replica);
    if (own !== undefined) return own;
    throw new Error(
      `summarizeLora: expected replica ${replica} of the tasks alone, got none; add a cell that is alone`,
    );
  };
}

/** The statistics of a rule over the replicas of a cell; null for held-out where no row is. */
function ruleOf(records: readonly LoraRecord[], outcome: Split): RuleStatistics | null;
function ruleOf(
  records: readonly LoraRecord[],
  outcome: LoraOutcome,
  least: ReturnType<typeof leastOf> | undefined,
): RuleStatistics | null;
function ruleOf(records: readonly LoraRecord[], outcome: LoraOutcome, least?: ReturnType<typeof leastOf>) {
  const tallies = records.map((record) =>
    outcome === 'success'
      ? successTally(record, least!(record.replica))
      : { counts: record.counts[outcome], flips: record.flips[outcome] },
  );
  if (tallies.some(({ counts }) => counts === null)) return null;
  const flips = Array.from({ length: 8 }, (_, k) => tallies.reduce((sum, own) => sum + own.flips![k], 0));
  return { ...ruleStatistics(tallies.map(({ counts }) => counts!)), flips };
}

function accuraciesOf(records: readonly LoraRecord[], split: Split): Accuracies | null {
  const rule = ruleOf(records, split);
  if (rule === null) return null;
  const share = (k: number): number => {
    let sum = 0;
    for (let at = k; at < rule.marginals.length; at += 8) sum += rule.marginals[at];
    return (1 + sum / records.length) / 2;
  };
  return Object.fromEntries(OBSERVED.map((name, k) => [name, share(k)])) as Accuracies;
}

/** (2p - 1)(2q - 1) of the contexts 11, 12, 21, 22: what C would be if the heads were right or wrong independently. */
const independentC = (of: Accuracies): number[] =>
  (
    [
      ['a1b1', 'b1a1'],
      ['a1b2', 'b2a1'],
      ['a2b1', 'b1a2'],
      ['a2b2', 'b2a2'],
    ] as const
  ).map(([alice, bob]) => (2 * of[alice] - 1) * (2 * of[bob] - 1));

/**
 * A row per cell of pairs and rule, in the order cell, rule; verdicts are Holm-corrected over the cells of a rule.
 * @param all cells of pairs, and for a margin one whose tasks are trained alone, with the same replicas
 * @param success needed for the rule of that name
 */
export function summarizeLora(all: readonly LoraRecords[], outcomes: readonly LoraOutcome[], success?: SuccessRule) {
  const cells = all.filter((records) => !isAlone(records));
  if (success === undefined && outcomes.includes('success'))
    throw new Error('summarizeLora: expected when a head succeeds, got none; give a share or a margin');
  const least = success === undefined ? undefined : leastOf(all, success);
  const columns = outcomes.map((outcome) => {
    const rules = cells.map(({ cell, statistics }) => {
      const rule = ruleOf(statistics.loras, outcome, least);
      if (rule !== null) return { seed: cell.seed, rule };
      throw new Error(`summarizeLora: expected rows that are held out in every task, got none; ask for another rule`);
    });
    return summarizeRule(rules);
  });
  return cells.flatMap(({ cell, recordHash, statistics: { loras } }, index) => {
    const accuracy = { train: accuraciesOf(loras, 'correct')!, heldOut: accuraciesOf(loras, 'held-out') };
    return outcomes.map((outcome, k) => ({
      ...{ rank: cell.rank, outcome, ...columns[k][index], recordHash, accuracy },
      independentC: independentC(outcome === 'held-out' ? accuracy.heldOut! : accuracy.train),
      trainAccuracy: mean(Object.values(accuracy.train)),
      heldOutAccuracy: accuracy.heldOut === null ? null : mean(Object.values(accuracy.heldOut)),
    }));
  });
}
export type LoraRow = ReturnType<typeof summarizeLora>[number];

/** Accuracies of the tasks trained alone, of every replica and their means. */
export interface AloneSummary {
  rank: number; // of the adapter
  margin: number; // a head succeeds with at least the accuracy of its task alone minus this
  train: { mean: AloneAccuracies; replicas: AloneAccuracies[] };
  heldOut: { mean: AloneAccuracies; replicas: AloneAccuracies[] } | null;
  recordHash: string;
}

/** What the rule of success compares with, from the cell whose tasks are trained alone. */
export function summarizeAlone(cells: readonly LoraRecords[], { margin }: { margin: number }): AloneSummary {
  const found = cells.find(isAlone);
  if (found === undefined) throw new Error('summarizeAlone: expected a cell that is alone, got none; add it');
  const { cell, recordHash, statistics } = found;
  const accuracies = (split: Split) => {
    const replicas = statistics.alone.map(({ right, rows }) =>
      byTask((k) => (right[split] === null ? Number.NaN : right[split][k] / rows[split])),
    );
    return { mean: byTask((k) => mean(replicas.map((own) => own[TASKS[k]]))), replicas };
  };
  const heldOut = statistics.alone.every(({ right }) => right['held-out'] !== null);
  return {
    ...{ rank: cell.rank, margin, recordHash },
    ...{ train: accuracies('correct'), heldOut: heldOut ? accuracies('held-out') : null },
  };
}

const byTask = (read: (k: number) => number) =>
  Object.fromEntries(TASKS.map((name, k) => [name, read(k)])) as AloneAccuracies;

export interface LoraPoint {
  rank: number;
  replica: number;
  S: number; // of the training rows
  heldOut: number; // accuracy, mean over heads and contexts
}

/** S and held-out accuracy of every replica of every cell. */
export function loraPoints(cells: readonly LoraRecords[]): LoraPoint[] {
  return cells.flatMap(({ cell, statistics: { loras } }) =>
    loras.map((record) => {
      const heldOut = accuraciesOf([record], 'held-out');
      const accuracy = heldOut === null ? Number.NaN : mean(Object.values(heldOut));
      return { rank: cell.rank, replica: record.replica, S: sOf(ruleOf([record], 'correct')!), heldOut: accuracy };
    }),
  );
}

/** S under the rule of success of every replica of every cell of pairs. */
export function successPoints(cells: readonly LoraRecords[], success: SuccessRule): { rank: number; S: number }[] {
  const least = leastOf(cells, success);
  return cells.flatMap(({ cell, statistics: { loras } }) =>
    loras.map((record) => ({ rank: cell.rank, S: sOf(ruleOf([record], 'success', least)!) })),
  );
}

/** S of one replica. */
const sOf = ({ correlations: [c11, c12, c21, c22] }: RuleStatistics): number => c11 + c12 + c21 - c22;
