// What one replica of a lora cell leaves behind: joint counts and flips per row, or the right rows of the tasks trained alone.
import { z } from 'zod';
import { FlipCounts, JointCounts } from '../record-schema.ts';

export const LoraRecord = z.strictObject({
  counts: z.strictObject({ correct: JointCounts, 'held-out': JointCounts.nullable() }), // null: no row is held out
  flips: z.strictObject({ correct: FlipCounts, 'held-out': FlipCounts.nullable() }),
  losses: z.array(z.number().nullable()).length(8), // [context][alice, bob], mean over the training rows at the end, nats
  replica: z.int().min(0),
  weights: z.array(z.string().regex(/^[0-9a-f]{64}$/)).length(4), // sha-256 of the trained parameters, by context
});
export type LoraRecord = z.infer<typeof LoraRecord>;

const perTask = z.array(z.int().min(0)).length(4); // a1, a2, b1, b2

/** What one replica of a cell whose tasks are trained alone leaves behind; each has as many rows as the others. */
export const AloneRecord = z.strictObject({
  losses: z.array(z.number().nullable()).length(4), // mean over the training rows at the end, nats
  replica: z.int().min(0),
  right: z.strictObject({ correct: perTask, 'held-out': perTask.nullable() }), // rows; null: no row is held out
  rows: z.strictObject({ correct: z.int().min(1), 'held-out': z.int().min(0) }),
  weights: z.array(z.string().regex(/^[0-9a-f]{64}$/)).length(4), // sha-256 of the trained parameters
});
export type AloneRecord = z.infer<typeof AloneRecord>;

/** What each head gave on the rows of a split: '1' for right, '0' for wrong, in the order in which rows pair. */
export interface ContextOutcome {
  train: string[]; // Alice's and Bob's, or of the one head that was trained
  heldOut: string[];
  losses: (number | null)[]; // mean over the training rows at the end, nats; null if not finite
  weights: string; // sha-256 of the trained parameters, float32 little-endian, in the order of their names
}

const countRight = (right: string): number => right.replaceAll('0', '').length;

/** Share of the rows that are right; NaN of none. */
export function accuracyOf(right: string): number {
  return right.length === 0 ? Number.NaN : countRight(right) / right.length;
}

/** The two contexts of a1, a2, b1, b2, and the head that reads the observable. */
const OBSERVABLES = [
  { head: 0, contexts: [0, 1] },
  { head: 0, contexts: [2, 3] },
  { head: 1, contexts: [0, 2] },
  { head: 1, contexts: [1, 3] },
] as const;

/** @param contexts in order 11, 12, 21, 22 */
export function loraRecord(contexts: readonly ContextOutcome[], replica: number): LoraRecord {
  const correct = tally(contexts.map(({ train }) => train))!;
  const heldOut = tally(contexts.map((context) => context.heldOut));
  return {
    counts: { correct: correct.counts, 'held-out': heldOut?.counts ?? null },
    flips: { correct: correct.flips, 'held-out': heldOut?.flips ?? null },
    losses: contexts.flatMap(({ losses }) => losses),
    replica,
    weights: contexts.map(({ weights }) => weights),
  };
}

/** @param tasks a1, a2, b1, b2, each trained alone */
export function aloneRecord(tasks: readonly ContextOutcome[], replica: number): AloneRecord {
  const [train, heldOut] = [tasks.map((task) => task.train[0]), tasks.map((task) => task.heldOut[0])];
  const rows = { correct: train[0].length, 'held-out': heldOut[0].length };
  return {
    losses: tasks.map(({ losses }) => losses[0]),
    replica,
    right: { correct: train.map(countRight), 'held-out': rows['held-out'] === 0 ? null : heldOut.map(countRight) },
    rows,
    weights: tasks.map(({ weights }) => weights),
  };
}

/**
 * Joint counts and flips of the outcome rule `success`, +1 where a head has enough of its training rows right.
 * @param least the share of them that is enough, of a1, a2, b1, b2
 */
export function successTally({ counts }: Pick<LoraRecord, 'counts'>, least: readonly number[]): Tally {
  const contexts = [0, 1, 2, 3].map((context) => {
    const [pp, pm, mp, mm] = counts.correct.slice(4 * context, 4 * context + 4);
    const rows = pp + pm + mp + mm;
    const [alice, bob] = [least[context >> 1], least[2 + (context & 1)]];
    return [(pp + pm) / rows >= alice ? '1' : '0', (pp + mp) / rows >= bob ? '1' : '0'];
  });
  return tally(contexts)!;
}

export interface Tally {
  counts: number[]; // [16] contexts 11, 12, 21, 22; outcomes ++, +-, -+, --
  flips: number[]; // [8] flips and pairs of a1, a2, b1, b2
}

function tally(contexts: readonly (readonly string[])[]): Tally | null {
  const pairs = contexts[0][0].length;
  if (pairs === 0) return null;
  const counts = new Array<number>(16).fill(0);
  contexts.forEach(([a, b], context) => {
    for (let row = 0; row < pairs; row++) counts[4 * context + 3 - 2 * Number(a[row]) - Number(b[row])]++;
  });
  const flips = OBSERVABLES.flatMap(({ head, contexts: [here, there] }) => {
    let differ = 0;
    for (let row = 0; row < pairs; row++) differ += Number(contexts[here][head][row] !== contexts[there][head][row]);
    return [differ, pairs];
  });
  return { counts, flips };
}
