// Splits that never move: the part of a row is a function of its key alone, so that rows with one key share a part.
import { createHash } from 'node:crypto';
import type { LabelledRow } from './task.ts';

/** Eight tenths train, one is held out, one is kept for choosing settings and is in no task. */
export type Part = LabelledRow['split'] | 'validation';

/** The part of a key: the first four bytes of its sha-256 as a big-endian number, modulo ten; 0 is held out, 1 validation. */
export function partOf(key: string): Part {
  const tenth = createHash('sha256').update(key).digest().readUInt32BE(0) % 10;
  if (tenth === 0) return 'heldOut';
  return tenth === 1 ? 'validation' : 'train';
}

/** What a row's part is taken by: the item if there is one, so that the languages of one item share a part; else the texts. */
export function splitKey(row: { textA: string; textB?: string; item?: string | null }): string {
  const { textA, textB, item } = row;
  return item ?? (textB === undefined ? textA : `${textA}\n${textB}`);
}

/** The same rows in the order of the sha-256 of their keys: a shuffle that needs no seed. */
export function hashOrder<T>(rows: readonly T[], key: (row: T) => string): T[] {
  const hashed = rows.map((row) => ({ row, hash: createHash('sha256').update(key(row)).digest('hex') }));
  return hashed.sort((a, b) => (a.hash < b.hash ? -1 : Number(a.hash > b.hash))).map(({ row }) => row);
}
