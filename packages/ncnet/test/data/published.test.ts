// Published formats: rows as their files hold them, one reading for TSV and Parquet, and one line for each thing that can be wrong.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../../runner/test/helpers.ts';
import { findDataFiles, readDataFile, shortName } from '../../src/data/data-files.ts';
import { PUBLISHED_SETS } from '../../src/data/published.ts';
import { type ReadTask, readPublished } from '../../src/data/read-published.ts';

const fixtures = fileURLToPath(new URL('fixtures', import.meta.url));
const folder = temporaryFolder();

function load(name: string, path: string): Promise<ReadTask> {
  const set = PUBLISHED_SETS.find((published) => published.name === name)!;
  const files = findDataFiles(path, set.folder).map((file) => ({
    ...{ name: shortName(file.path), part: file.part },
    bytes: readDataFile(file.path),
  }));
  return readPublished(set, files);
}

test('PAWS-X: languages pair by id, quotes are characters, failed translations are left out', async () => {
  const english = await load('paws-x:en', `${fixtures}/x-final`);
  const german = await load('paws-x:de', `${fixtures}/x-final/de`);
  expect(english.omitted).toBe(0);
  expect(english.task.rows.map(({ item, label, split }) => [item, label, split])).toEqual([
    ['train/1', 1, 'train'],
    ['train/2', 0, 'train'],
    ['train/3', 1, 'train'],
    ['train/4', 0, 'train'],
    ['heldOut/4', 0, 'heldOut'],
    ['heldOut/1', 1, 'heldOut'],
  ]);
  expect(english.task.rows[0].textA).toBe('The cat sleeps on the "old" mat .');
  expect(german.omitted).toBe(3);
  expect(german.task.rows.map(({ item }) => item)).toEqual(['train/1', 'train/3', 'heldOut/1']);
  expect(german.task.rows[0]).toEqual({
    ...{ textA: 'Die Katze schläft auf der „alten“ Matte .', textB: 'Auf der alten Matte schläft die Katze .' },
    ...{ label: 1, split: 'train', item: 'train/1' },
  });
});

test('SST-2: the same rows from GLUE and from Parquet shards; the test file without labels is not read', async () => {
  const glue = (await load('sst2', `${fixtures}/SST-2`)).task;
  expect(glue.rows.map(({ textA, label, split }) => [textA, label, split])).toEqual([
    ['a warm and funny film ', 1, 'train'],
    ['it \'s "slow ', 0, 'train'],
    ['never dull ', 1, 'train'],
    ['tedious from start to end ', 0, 'heldOut'],
  ]);
  const parquet = (await load('sst2', `${fixtures}/sst2-parquet`)).task;
  expect(parquet.classes).toEqual(['0', '1']);
  expect(parquet.rows.map(({ textA, label, split }) => [textA, label, split])).toEqual([
    ['a warm and funny film ', 1, 'train'],
    ['slow ', 0, 'train'],
    ['never dull ', 1, 'train'],
    ['tedious ', 0, 'heldOut'],
  ]);
});

test('MRPC: a byte order mark, CRLF and the test file held out', async () => {
  const { rows } = (await load('mrpc', `${fixtures}/mrpc`)).task;
  expect(rows.map(({ textA, textB, label, split }) => [textA, textB, label, split])).toEqual([
    ['He said "yes .', 'Yes , he said .', 1, 'train'],
    ['Shares rose .', 'It rained .', 0, 'train'],
    ['They met on Monday .', 'On Monday they met .', 1, 'heldOut'],
  ]);
});

test('CommonsenseQA: the same choices from JSON lines and from Parquet', async () => {
  const lines = (await load('commonsense-qa', `${fixtures}/csqa`)).task;
  expect(lines).toEqual((await load('commonsense-qa', `${fixtures}/csqa-parquet`)).task);
  expect(lines.kind).toBe('choice');
  expect(lines.rows[0]).toEqual({
    ...{ textA: 'Where do you keep milk cold?', choices: ['shelf', 'fridge', 'oven', 'garden', 'desk'] },
    ...{ label: 1, split: 'train', item: null },
  });
  expect(lines.rows.map(({ label, split }) => [label, split])).toEqual([
    [1, 'train'],
    [0, 'train'],
    [2, 'heldOut'],
  ]);
});

test('MathQA: options with commas inside, and options written as a list', async () => {
  const { rows } = (await load('math-qa', `${fixtures}/MathQA`)).task;
  expect(rows.map(({ choices, label, split }) => [choices, label, split])).toEqual([
    [['20', '30 km / h', '40', '1,200', 'none of these'], 1, 'train'],
    [['54', '56', '58', '60', '62'], 1, 'train'],
    [['20', '30 km / h', '40', '1,200', 'none of these'], 1, 'heldOut'],
  ]);
});

test('a file alone is split by hash, and a language by its ids', async () => {
  const rows = Array.from({ length: 300 }, (_, i) => `${i}\tone ${i}\tother ${i}\t${i % 2}`);
  const file = join(folder, 'lone.tsv');
  writeFileSync(file, `id\tsentence1\tsentence2\tlabel\n${rows.join('\n')}`);
  const { task } = await load('paws-x:en', file);
  const count = (split: string): number => task.rows.filter((row) => row.split === split).length;
  expect(count('heldOut')).toBeGreaterThan(10);
  expect(300 - task.rows.length).toBeGreaterThan(10);
  writeFileSync(file, `id\tsentence1\tsentence2\tlabel\n${rows.join('\n').replaceAll('one', 'eins')}`);
  const other = await load('paws-x:de', file);
  expect(other.task.rows.map(({ item, split }) => [item, split])).toEqual(
    task.rows.map(({ item, split }) => [item, split]),
  );
});

const header = 'sentence\tlabel\n';
const latin1 = Buffer.concat([Buffer.from(`${header}fine\t1\n`), Buffer.from([0x63, 0xe9, 0x09, 0x31, 0x0a])]);
const parquet = readFileSync(`${fixtures}/sst2-parquet/validation-00000-of-00001.parquet`);
const flipped = Buffer.from(parquet).fill(0xff, 4, parquet.length - 8 - parquet.readUInt32LE(parquet.length - 8)); // all but the footer
const question = readFileSync(`${fixtures}/csqa/dev_rand_split.jsonl`, 'utf8');
const problems = readFileSync(`${fixtures}/MathQA/train.json`, 'utf8');

const cases: [what: string, set: string, file: string, content: string | Uint8Array, message: RegExp][] = [
  [
    'a cut row',
    'sst2',
    'cut.tsv',
    `${header}fine\t1\nsl`,
    /^cut.tsv:3: expected 2 columns \(sentence, label\), got 1; the row is cut: download/,
  ],
  [
    'a tab in a text',
    'sst2',
    'tab.tsv',
    `${header}fi\tne\t1\n`,
    /^tab.tsv:2: expected 2 columns .*, got 3; leave tabs/,
  ],
  [
    'a label outside',
    'sst2',
    'label.tsv',
    `${header}fine\t2\n`,
    /^label.tsv:2: expected 0 or 1 in label, got "2"; mend/,
  ],
  ['no label', 'sst2', 'none.tsv', `${header}fine\t\n`, /^none.tsv:2: expected 0 or 1 in label, got ""; mend/],
  [
    'a missing column',
    'sst2',
    'test.tsv',
    'index\tsentence\n0\tfine\n',
    /^test.tsv:1: expected the columns sentence, label, got index, sentence; check that this is sst2/,
  ],
  [
    'an encoding',
    'sst2',
    'latin.tsv',
    latin1,
    /^latin.tsv:3: expected UTF-8 text, got another encoding or binary data; save/,
  ],
  ['UTF-16', 'sst2', 'wide.tsv', Buffer.from(`\ufeff${header}fine\t1`, 'utf16le'), /^wide.tsv:1: expected UTF-8 text/],
  [
    'an empty text',
    'sst2',
    'blank.tsv',
    `${header} \t1\n`,
    /^blank.tsv:2: expected text in sentence, got an empty one/,
  ],
  ['an empty file', 'sst2', 'empty.tsv', '', /^empty.tsv:1: expected rows, got an empty file/],
  ['only a header', 'sst2', 'header.tsv', header, /^header.tsv: expected rows after the header, got none/],
  ['another ending', 'sst2', 'sst2.csv', header, /^sst2.csv: expected a file that ends in .*, got .csv; rename/],
  [
    'a cut Parquet file',
    'sst2',
    'cut.parquet',
    parquet.subarray(0, 300),
    /^cut.parquet: expected a Parquet file, got .*; download/,
  ],
  ['a damaged Parquet file', 'sst2', 'flip.parquet', flipped, /^flip.parquet: expected /],
  [
    'an unlabelled Parquet file',
    'sst2',
    'test.parquet',
    readFileSync(`${fixtures}/sst2-parquet/test-00000-of-00001.parquet`),
    /^test.parquet: row 1: expected 0 or 1 in label, got -1; test files without labels/,
  ],
  [
    'another codec',
    'sst2',
    'zstd.parquet',
    readFileSync(`${fixtures}/zstd/train.parquet`),
    /^zstd.parquet: expected a Parquet file, got .*ZSTD.*; save it with Snappy/,
  ],
  [
    'a missing Parquet column',
    'mrpc',
    'sst2.parquet',
    parquet,
    /^sst2.parquet:1: expected the columns #1 String, .* or sentence1, sentence2, label, got idx, sentence, label/,
  ],
  [
    'a cut JSON line',
    'commonsense-qa',
    'cut.jsonl',
    question.slice(0, 90),
    /^cut.jsonl:1: expected a JSON object, got /,
  ],
  [
    'no answer',
    'commonsense-qa',
    'answer.jsonl',
    question.replace('"C"', '""'),
    /^answer.jsonl:1: expected one of A, B, C, D, E in answerKey, got none \(a test file/,
  ],
  [
    'no choices',
    'commonsense-qa',
    'choices.jsonl',
    question.replace('"choices"', '"options"'),
    /^choices.jsonl:1: expected a question with a stem and choices/,
  ],
  [
    'a cut array',
    'math-qa',
    'cut.json',
    problems.slice(0, -30),
    /^cut.json:\d+: expected a JSON array, got an end in the middle; download/,
  ],
  [
    'unreadable options',
    'math-qa',
    'options.json',
    problems.replace('b ) 30', 'x ) 30'),
    /^options.json: entry 1: expected options as in .*, got a \) 20/,
  ],
  [
    'an answer outside',
    'math-qa',
    'correct.json',
    problems.replace('"correct": "b"', '"correct": "f"'),
    /^correct.json: entry 1: expected one of a, b, c, d, e in correct, got f/,
  ],
];

test.each(cases)('%s is one line', async (_, set, file, content, message) => {
  const path = join(folder, 'bad', file);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  const error = await load(set, path).then(
    () => null,
    (thrown) => thrown,
  );
  expect(error).toMatchObject({ name: 'DataError', exitCode: 2 });
  expect(error.message).toMatch(message);
  expect(error.message).not.toContain('\n');
});

test('paths that hold no data', () => {
  mkdirSync(join(folder, 'nothing'), { recursive: true });
  expect(() => findDataFiles(join(folder, 'nothing'))).toThrow(
    /nothing: expected files named train.* got an empty folder/,
  );
  expect(() => findDataFiles(join(folder, 'nowhere'))).toThrow(
    /nowhere: expected a file or folder of data, got no such/,
  );
});
