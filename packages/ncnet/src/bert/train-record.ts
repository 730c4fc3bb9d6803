// Four trained contexts of a replica as a record like the small nets': 16 joint counts and flips of every outcome rule.
import type { ReplicaRecord } from '../record-schema.ts';
import type { ContextOutcome } from './train-context.ts';

export const LORA_OUTCOMES = ['correct', 'held-out', 'success'] as const;
export type LoraOutcome = (typeof LORA_OUTCOMES)[number];

/** As ReplicaRecord, without `tolerance`, which has no meaning for classes, and with a hash per context. */
export interface LoraRecord extends Pick<ReplicaRecord, 'losses' | 'replica'> {
  counts: Record<LoraOutcome, number[] | null>; // [16] contexts 11, 12, 21, 22; outcomes ++, +-, -+, --
  flips: Record<LoraOutcome, number[] | null>; // [8] flips and pairs of a1, a2, b1, b2
  weights: string[]; // sha-256, by context
}

/** The two contexts of a1, a2, b1, b2, and the head that reads the observable. */
const OBSERVABLES = [
  { head: 0, contexts: [0, 1] },
  { head: 0, contexts: [2, 3] },
  { head: 1, contexts: [0, 2] },
  { head: 1, contexts: [1, 3] },
] as const;

/**
 * @param contexts in order 11, 12, 21, 22
 * @param successAccuracy the share of training rows that a head must have right to succeed
 */
export function loraRecord(contexts: readonly ContextOutcome[], replica: number, successAccuracy: number): LoraRecord {
  const success = contexts.map(({ train }) => train.map((right) => (accuracyOf(right) >= successAccuracy ? '1' : '0')));
  const read: Record<LoraOutcome, readonly (readonly string[])[]> = {
    ...{ correct: contexts.map(({ train }) => train), 'held-out': contexts.map(({ heldOut }) => heldOut), success },
  };
  const tallies = Object.fromEntries(LORA_OUTCOMES.map((rule) => [rule, tally(read[rule])]));
  const part = <K extends 'counts' | 'flips'>(key: K) =>
    Object.fromEntries(LORA_OUTCOMES.map((rule) => [rule, tallies[rule]?.[key] ?? null])) as LoraRecord[K];
  return {
    counts: part('counts'),
    flips: part('flips'),
    losses: contexts.flatMap(({ losses }) => losses),
    replica,
    weights: contexts.map(({ weights }) => weights),
  };
}

export function accuracyOf(right: string): number {
  return right.length === 0 ? Number.NaN : right.replaceAll('0', '').length / right.length;
}

function tally(contexts: readonly (readonly string[])[]): { counts: number[]; flips: number[] } | null {
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
