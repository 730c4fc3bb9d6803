// From rows that name their class to a LabelledTask, and from a task to the labelled JSONL that `ncnet lora` reads.
import { createHash } from 'node:crypto';
import type { Part } from './split.ts';
import type { LabelledRow, LabelledTask } from './task.ts';

export interface NamedRow {
  textA: string;
  textB?: string;
  label: string; // the class
  part: Part;
  item?: string;
}

/** A classification task of these rows, in their order; validation rows are left out. @param classes default: those of all rows, sorted */
export function assembleTask(name: string, rows: readonly NamedRow[], classes?: readonly string[]): LabelledTask {
  const names = classes === undefined ? sortedClasses(rows) : [...classes];
  const places = new Map(names.map((label, place) => [label, place]));
  const labelled = rows.flatMap(({ textA, textB, label, part, item = null }): LabelledRow[] => {
    if (part === 'validation') return [];
    const texts = textB === undefined ? { textA } : { textA, textB };
    return [{ ...texts, label: places.get(label)!, split: part, item }];
  });
  return { name, kind: 'classification', classes: names, rows: labelled };
}

/** The distinct labels, by number if all are whole numbers, else by code unit. */
export function sortedClasses(rows: readonly { label: string | number }[]): string[] {
  const labels = [...new Set(rows.map(({ label }) => String(label)))].sort();
  return labels.every((label) => /^-?\d{1,15}$/.test(label)) ? labels.sort((a, b) => Number(a) - Number(b)) : labels;
}

/** One JSON object a line: text_a, text_b or choices, label (the class; the place of the right choice), split, item. */
export function taskLines(task: LabelledTask): string[] {
  return task.rows.map(({ textA, textB, choices, label, split, item }) =>
    JSON.stringify({
      text_a: textA,
      text_b: textB,
      choices,
      label: task.kind === 'choice' ? label : task.classes[label],
      split,
      item: item ?? undefined,
    }),
  );
}

/** sha-256 of the task's labelled JSONL, each line with its newline: what identifies a task in records. */
export function taskHash(task: LabelledTask): string {
  const hash = createHash('sha256');
  for (const line of taskLines(task)) hash.update(`${line}\n`);
  return hash.digest('hex');
}
