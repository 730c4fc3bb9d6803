// Reader of labelled JSONL: {text_a, text_b? or choices?, label, split?, item?} a line becomes a task; faults name file and line.
import { fault, shown } from '../bert/errors.ts';
import { sortedClasses } from './assemble.ts';
import { isTexts, readJsonLines } from './records.ts';
import { type Part, partOf, splitKey } from './split.ts';
import type { LabelledRow, LabelledTask } from './task.ts';

export const TASK_KEYS = ['text_a', 'text_b', 'choices', 'label', 'split', 'item', 'id'];
const EXAMPLE = 'write {"text_a": "...", "label": "..."}, one object a line';
/** Names of splits that data sets use; rows of `validation` are for choosing settings and are in no task. */
const SPLITS: Record<string, Part> = {
  ...{ train: 'train', heldOut: 'heldOut', 'held-out': 'heldOut', held_out: 'heldOut', test: 'heldOut' },
  ...{ validation: 'validation', dev: 'validation' },
};

interface Line {
  textA: string;
  textB?: string;
  choices?: string[];
  label: string | number;
  split: Part | null;
  item: string | null;
  at: number;
}

/**
 * Classes are the distinct labels, sorted; with choices, a label is the place of the right one, from 0. A row without split
 * takes the part of its item, or else of its texts: eight tenths train, one held out, one validation.
 * @param name of the file, for errors @throws BertInputError
 */
export function parseTaskFile(text: string, name: string): LabelledTask {
  const wrong = (at: number, got: string): Error => fault(`${name}:${at}`, 'a JSON object', got, EXAMPLE);
  const read = readJsonLines(text, wrong).map((given, i) => readLine(given, name, i + 1));
  const count = read[0].choices?.length;
  const odd = read.find(({ choices }) => choices?.length !== count);
  if (odd !== undefined) {
    const expected = count === undefined ? 'no choices, as in line 1' : `${count} choices, as in line 1`;
    throw fault(`${name}:${odd.at}`, expected, String(odd.choices?.length ?? 'none'), 'make all lines alike');
  }
  const rows = read.map((line) => ({ ...line, split: line.split ?? partOf(splitKey(line)) }));
  const classes = count === undefined ? classesOf(rows, name) : [];
  const places = new Map(classes.map((label, place) => [label, place]));
  return {
    name: taskName(name),
    kind: count === undefined ? 'classification' : 'choice',
    classes,
    rows: rows.flatMap(({ textA, textB, choices, label, split, item, at }): LabelledRow[] => {
      if (split === 'validation') return [];
      const place = choices === undefined ? places.get(String(label))! : choicePlace(label, choices, `${name}:${at}`);
      const more = { ...(textB !== undefined && { textB }), ...(choices !== undefined && { choices }) };
      return [{ textA, ...more, label: place, split, item }];
    }),
  };
}

function readLine(given: Record<string, unknown>, name: string, at: number): Line {
  const where = `${name}:${at}`;
  const unknown = Object.keys(given).find((key) => !TASK_KEYS.includes(key));
  if (unknown !== undefined) throw fault(where, `the keys ${TASK_KEYS.join(', ')}`, shown(unknown), EXAMPLE);
  const { text_a: textA, text_b: textB = null, choices = null, label, split = null, item = null } = given;
  const wrong = (key: string, expected: string): Error =>
    fault(where, `${expected} in ${key}`, given[key] === undefined ? 'none' : shown(given[key]), EXAMPLE);
  if (typeof textA !== 'string') throw wrong('text_a', 'text');
  if (textB !== null && typeof textB !== 'string') throw wrong('text_b', 'text');
  if (choices !== null && !isTexts(choices)) throw wrong('choices', 'a list of two texts or more');
  if (choices !== null && textB !== null) throw fault(where, 'text_b or choices', 'both', 'leave one out');
  if (typeof label !== 'string' && !Number.isSafeInteger(label)) throw wrong('label', 'text or a whole number');
  if (item !== null && typeof item !== 'string' && !Number.isSafeInteger(item)) throw wrong('item', 'text or a number');
  const part = typeof split === 'string' && Object.hasOwn(SPLITS, split) ? SPLITS[split] : null;
  if (split !== null && part === null) throw wrong('split', Object.keys(SPLITS).join('|'));
  return {
    ...{ textA, label: label as string | number, split: part, item: item === null ? null : String(item), at },
    ...(textB !== null && { textB }),
    ...(choices !== null && { choices }),
  };
}

/** Those of the training rows: a head can't learn another. */
function classesOf(rows: readonly (Line & { split: Part })[], name: string): string[] {
  const classes = sortedClasses(rows.filter(({ split }) => split === 'train'));
  if (classes.length < 2) {
    const got = classes.length === 0 ? 'no training row' : `${shown(classes[0])} alone`;
    throw fault(
      name,
      'training rows of two classes or more',
      got,
      'give more rows, or mark them with "split": "train"',
    );
  }
  const odd = rows.find(({ label, split }) => split === 'heldOut' && !classes.includes(String(label)));
  if (odd !== undefined) {
    const expected = `a label of the training rows (${shown(classes.join(', '))})`;
    throw fault(`${name}:${odd.at}`, expected, shown(odd.label), 'mend the label, or give training rows of that class');
  }
  return classes;
}

function choicePlace(label: string | number, choices: string[], where: string): number {
  const place = typeof label === 'number' ? label : Number(/^\d{1,9}$/.test(label) ? label : Number.NaN);
  if (place >= 0 && place < choices.length) return place;
  throw fault(where, `a label from 0 to ${choices.length - 1}, the place of the right choice`, shown(label), 'mend it');
}

/** The file's name without folders and ending. */
function taskName(file: string): string {
  return file.replace(/^.*[\\/]/, '').replace(/\.[^.]*$/, '');
}
