// The texts that tiny-mlm learns from and is judged by: those of the embedded tasks, without their classes.

import { EMBEDDED_TASKS } from '../data/embedded.ts';
import { openTask } from '../data/open-task.ts';
import type { LabelledRow } from '../data/task.ts';

export interface Text {
  a: string;
  b: string | null; // of a pair
}

/** Definitions of WordNet are most of all texts; the first ones in the task's order, which is a hash's, are a fair sample. */
const MOST_ROWS = 24_000; // of a task

/**
 * Texts of all rows that the tasks train on, but none that any task holds out, so that a task's held-out rows stay unseen.
 * Of pairs only those that match: the others say nothing true.
 */
export async function readTexts(): Promise<{ train: Text[]; heldOut: Text[] }> {
  const train = new Map<string, Text>();
  const heldOut = new Map<string, Text>();
  const held = new Set<string>();
  for (const { name } of EMBEDDED_TASKS) {
    const task = await openTask(name);
    const isTrue = ({ textB, label }: LabelledRow): boolean => textB === undefined || task.classes[label] === 'match';
    const own = { train: 0, heldOut: 0 };
    for (const row of task.rows) {
      if (row.split === 'heldOut') for (const text of [row.textA, row.textB]) if (text !== undefined) held.add(text);
      if (!isTrue(row) || ++own[row.split] > MOST_ROWS) continue;
      const text = { a: row.textA, b: row.textB ?? null };
      (row.split === 'train' ? train : heldOut).set(`${text.a}\n${text.b ?? ''}`, text);
    }
  }
  const isUnseen = ({ a, b }: Text): boolean => !held.has(a) && (b === null || !held.has(b));
  return { train: [...train.values()].filter(isUnseen), heldOut: [...heldOut.values()] };
}
