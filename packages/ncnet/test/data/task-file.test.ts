// Labelled JSONL: classes, splits, choices, and one clear line for what is no such file.
import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { parseTaskFile } from '../../src/data/task-file.ts';

const lines = (...rows: object[]): string => `${rows.map((row) => JSON.stringify(row)).join('\n')}\n`;
const row = (text_a: string, label: string | number, split = 'train', more = {}) => ({ text_a, label, split, ...more });
const two = [row('a', 'x'), row('b', 'y')];

test('labels become places of sorted classes, splits and items are kept, validation is left out', () => {
  const text = lines(
    row('one', 'no', 'train', { item: 7 }),
    row('two', 'maybe', 'heldOut', { text_b: 'pair', item: 'k', id: 3 }),
    row('three', 'maybe'),
    row('four', 'yes', 'test'),
    row('five', 'yes', 'validation'),
    row('six', 'yes'),
  );
  expect(parseTaskFile(`\ufeff${text}\r\n`, 'folder/my-task.jsonl')).toEqual({
    name: 'my-task',
    kind: 'classification',
    classes: ['maybe', 'no', 'yes'],
    rows: [
      { textA: 'one', label: 1, split: 'train', item: '7' },
      { textA: 'two', textB: 'pair', label: 0, split: 'heldOut', item: 'k' },
      { textA: 'three', label: 0, split: 'train', item: null },
      { textA: 'four', label: 2, split: 'heldOut', item: null },
      { textA: 'six', label: 2, split: 'train', item: null },
    ],
  });
  expect(parseTaskFile(lines(row('a', 10), row('b', 9), row('c', -1)), 't').classes).toEqual(['-1', '9', '10']);
});

test('without split the hash of item or text decides, eight to one to one, and never moves', () => {
  const rows = Array.from({ length: 2000 }, (_, i) => ({
    text_a: `text ${i}`,
    label: i % 2,
    item: i < 1000 ? i : undefined,
  }));
  const { rows: read } = parseTaskFile(lines(...rows), 't');
  const count = (split: string) => read.filter((r) => r.split === split).length;
  expect(Math.abs(count('train') - 1600)).toBeLessThan(4 * Math.sqrt(320));
  expect(Math.abs(count('heldOut') - 200)).toBeLessThan(4 * Math.sqrt(180));
  const part = (key: string) => createHash('sha256').update(key).digest().readUInt32BE(0) % 10;
  for (const { textA, item, split } of read) expect(split).toBe(part(item ?? textA) === 0 ? 'heldOut' : 'train');
  const other = parseTaskFile(lines(...rows.slice(0, 1000).map((r) => ({ ...r, text_a: `${r.text_a} anders` }))), 't');
  expect(other.rows.map(({ split }) => split)).toEqual(
    read.filter(({ item }) => item !== null).map(({ split }) => split),
  );
});

test('multiple choice: the label is the place of the right one', () => {
  const choices = ['a', 'b', 'c'];
  const task = parseTaskFile(lines(row('q', 2, 'train', { choices }), row('r', '0', 'heldOut', { choices })), 't');
  expect(task).toMatchObject({ kind: 'choice', classes: [], rows: [{ choices, label: 2 }, { label: 0 }] });
});

const bad: [what: string, text: string, message: string][] = [
  ['an empty file', ' \n', 't.jsonl:1: expected a JSON object, got an empty file; write {"text_a": "...",'],
  [
    'truncated JSON',
    `${lines(...two)}{"text_a": "c", "lab`,
    't.jsonl:3: expected a JSON object, got {"text_a": "c", "lab; write {',
  ],
  ['an empty line', `${lines(two[0])}\n${lines(two[1])}`, 't.jsonl:2: expected a JSON object, got an empty line'],
  ['a list', '[1]', 't.jsonl:1: expected a JSON object, got [1]'],
  [
    'an unknown key',
    lines({ ...two[0], Label: 1 }),
    'expected the keys text_a, text_b, choices, label, split, item, id, got Label',
  ],
  ['no text', lines({ label: 1 }), 't.jsonl:1: expected text in text_a, got none'],
  ['no label', lines({ text_a: 'a' }), 't.jsonl:1: expected text or a whole number in label, got none'],
  ['a broken label', lines(row('a', 0.5)), 't.jsonl:1: expected text or a whole number in label, got 0.5'],
  ['an unknown split', lines(row('a', 1, 'toString')), 't.jsonl:1: expected train|heldOut|held-out|'],
  [
    'one class',
    lines(row('a', 'x'), row('b', 'x')),
    't.jsonl: expected training rows of two classes or more, got x alone',
  ],
  ['no training row', lines(row('a', 'x', 'test')), 'two classes or more, got no training row'],
  [
    'a label outside its classes',
    lines(...two, row('c', 'z', 'heldOut')),
    't.jsonl:3: expected a label of the training rows (x, y), got z; mend the label, or give training rows of that class',
  ],
  [
    'a choice outside its choices',
    lines(row('q', 2, 'train', { choices: ['a', 'b'] })),
    't.jsonl:1: expected a label from 0 to 1, the place of the right choice, got 2; mend it',
  ],
  [
    'one choice',
    lines(row('q', 0, 'train', { choices: ['a'] })),
    'expected a list of two texts or more in choices, got ["a"]',
  ],
  [
    'choices that vary',
    lines(row('q', 0, 'train', { choices: ['a', 'b'] }), row('r', 0)),
    't.jsonl:2: expected 2 choices, as in line 1, got none; make all lines alike',
  ],
  ['both', lines(row('q', 0, 'train', { choices: ['a', 'b'], text_b: 'c' })), 'expected text_b or choices, got both'],
];

test.each(bad)('%s is one clear error', (_, text, message) => {
  expect(() => parseTaskFile(text, 't.jsonl')).toThrow(message);
});
