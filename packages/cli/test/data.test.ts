// ncnet data and ncnet model: what they print, that an export is what was added, and bad input with one line on stderr.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { type Finished, start, temporaryFolder } from './helpers.ts';

const fixtures = fileURLToPath(new URL('../../ncnet/test/data/fixtures', import.meta.url));
const tiny = fileURLToPath(new URL('../../ncnet/test/bert/fixtures/tiny', import.meta.url));
const folder = temporaryFolder();
const environment = { NCNET_CACHE: join(folder, 'cache') };

const run = (...args: string[]): Promise<Finished> => start(args, folder, { environment }).finished;

test('list --json: every task with source, licence, rows, and whether it is here', async () => {
  const { code, stdout, stderr } = await run('data', 'list', '--json');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const { tasks } = JSON.parse(stdout);
  const named = (name: string) => tasks.find((task: { name: string }) => task.name === name);
  expect(named('emoji-group:ja')).toMatchObject({
    ...{ classes: 9, train: 1539, heldOut: 175, rows: 1714, where: 'npm package', here: true },
    ...{ source: 'npm emojibase-data 17.0.0 (Unicode CLDR)', licence: 'MIT; Unicode licence', kind: 'classification' },
  });
  expect(named('commonsense-qa')).toMatchObject({ kind: 'choice', rows: null, where: 'to download', here: false });
});

test('add, show and export of a published set', async () => {
  const added = await run('data', 'add', 'mrpc', `${fixtures}/mrpc`);
  expect(added).toMatchObject({ code: 0, stderr: '' });
  expect(added.stdout).toMatch(
    /^mrpc: 2 rows to train on, 1 held out, 2 classes\nmsr_paraphrase_train.txt {2}119 bytes {2}sha-256 [0-9a-f]{64}\n/,
  );
  expect(added.stdout).toMatch(
    /\nlicence: Microsoft Research licence, see the download\norigin: https:.*\nits files are pinned now\n$/,
  );
  expect((await run('data', 'add', 'mrpc')).stdout).toBe('mrpc is here (cache)\n');
  expect((await run('data', 'show', 'mrpc', '--rows', '1')).stdout).toMatch(
    /^mrpc: two sentences .*\nrows: 2 to train on, 1 held out\nclasses: 0 1, 1 2\n.*\n.*\n.*\n\{"text_a":"He said .*\n$/,
  );
  const lines = (await run('data', 'export', 'mrpc')).stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(lines).toEqual([
    { text_a: 'He said "yes .', text_b: 'Yes , he said .', label: '1', split: 'train' },
    { text_a: 'Shares rose .', text_b: 'It rained .', label: '0', split: 'train' },
    { text_a: 'They met on Monday .', text_b: 'On Monday they met .', label: '1', split: 'heldOut' },
  ]);
});

test('export of a large task is complete, and of choices has their place', async () => {
  const { stdout } = await run('data', 'export', 'emoji-group:ru');
  expect(stdout.trimEnd().split('\n')).toHaveLength(1714);
  await run('data', 'add', 'commonsense-qa', `${fixtures}/csqa`);
  const [first] = (await run('data', 'export', 'commonsense-qa')).stdout.split('\n');
  expect(JSON.parse(first)).toEqual({
    ...{ text_a: 'Where do you keep milk cold?', choices: ['shelf', 'fridge', 'oven', 'garden', 'desk'] },
    ...{ label: 1, split: 'train' },
  });
});

test('show and export of a file that has no name', async () => {
  const lines = ['sad', 'glad', 'sad'].map((label, i) =>
    JSON.stringify({ text_a: `text ${i}`, label, split: 'train' }),
  );
  writeFileSync(join(folder, 'l.jsonl'), lines.join('\n'));
  const shown = await run('data', 'show', 'l.jsonl', '--rows', '1');
  expect(shown).toMatchObject({ code: 0, stderr: '' });
  expect(shown.stdout).toMatch(
    /^l\.jsonl: a labelled JSONL file\nrows: 3 to train on, 0 held out\nclasses: glad 1, sad 2\nsha-256: [0-9a-f]{64}\n/,
  );
  expect(shown.stdout.split('\n').slice(4)).toEqual([lines[0], '']);
  expect((await run('data', 'export', 'l.jsonl')).stdout).toBe(`${lines.join('\n')}\n`);
});

test("data of one's own by --columns", async () => {
  const rows = Array.from({ length: 60 }, (_, i) => `review ${i}\t${i % 5}`);
  writeFileSync(join(folder, 'own.tsv'), `review\tstars\n${rows.join('\n')}\n`);
  const { stdout, code } = await run('data', 'add', 'stars', 'own.tsv', '--columns', 'text_a=review,label=stars');
  expect(code).toBe(0);
  expect(stdout).toMatch(
    /^stars: \d+ rows to train on, \d+ held out, 5 classes\n[\s\S]*licence: not stated\norigin: added by the user\n/,
  );
});

test('a model from a folder is listed and embeds', async () => {
  const added = await run('model', 'add', 'my-bert', tiny, '--licence', 'MIT');
  expect(added).toMatchObject({ code: 0, stderr: '' });
  expect(added.stdout).toContain(`my-bert: ${join(environment.NCNET_CACHE, 'models/my-bert')}\nconfig.json  `);
  expect((await run('model', 'add', 'my-bert')).stdout).toMatch(/^my-bert is here, checked: /);
  const { models } = JSON.parse((await run('model', 'list', '--json')).stdout);
  expect(models.map(({ name, here }: { name: string; here: boolean }) => [name, here])).toEqual([
    ['all-MiniLM-L6-v2', false],
    ['multilingual-e5-small', false],
    ['tiny-mlm', true],
    ['my-bert', true],
  ]);
});

const cases: [args: string[], message: RegExp, code?: number][] = [
  [
    ['data', 'add', 'sst2'],
    /^ncnet data add: sst2: expected a task that is here, got one that its publisher has; download it from https:/,
  ],
  [
    ['data', 'show', 'spamm'],
    /^ncnet data show: spamm: expected the name of a task or a labelled JSONL file, got none; did you mean spam\?/,
  ],
  [['data', 'export'], /^ncnet data export: expected NAME, got nothing; see `ncnet data export --help`/],
  [
    ['data', 'exprt', 'spam'],
    /^ncnet data: expected a command \(list, add, show, export\), got exprt; did you mean export\?/,
  ],
  [
    ['data', 'add', 'lines.jsonl'],
    /^ncnet data add: expected NAME and PATH, got lines\.jsonl alone; write it as in ncnet data add my-task lines/,
  ],
  [
    ['data', 'add', 'spam', '--licence', 'MIT'],
    /^ncnet data add: --licence: expected it with a PATH, got NAME alone; write the file or folder after spam$/m,
  ],
  [['data', 'add', '.'], /expected NAME and PATH, got \. alone; write it as in/],
  [['data', 'add', 'spam', '--replace'], /--replace: expected it with a PATH, got NAME alone/],
  [['data', 'add', 'spam', '--columns', 'text_a=a,label=b'], /--columns: expected it with a PATH, got NAME alone/],
  [['data', 'add', 'sst2', 'nowhere'], /nowhere: expected a file or folder of data, got no such file; check the path/],
  [
    ['data', 'add', 'sst2', `${fixtures}/mrpc`],
    /msr_paraphrase_train.txt:1: expected the columns sentence, label, got Quality/,
  ],
  [['data', 'add', 'own', 'own.tsv'], /--columns: expected the columns of own, .*; write them as in --columns text_a=/],
  [
    ['data', 'add', 'own', 'own.tsv', '--columns', 'text=review'],
    /--columns: expected the keys text_a, text_b, label, item, got "text"; did you mean text_a/,
  ],
  [
    ['data', 'add', 'own', 'own.tsv', '--columns', 'text_a=review'],
    /--columns: expected text_a and label, got "text_a=review"/,
  ],
  [['data', 'add', 'own', 'own.tsv', '--columns', 'review'], /--columns: expected KEY=COLUMN, got "review"/],
  [
    ['data', 'add', 'own', 'own.tsv', '--columns', 'text_a=words,label=stars'],
    /own.tsv:1: expected the columns words, stars, got review, stars/,
  ],
  [['data', 'add', 'a', 'b', 'c'], /^ncnet data add: expected NAME and PATH only, got "a" "b" "c"; quote values/],
  [['data', 'show', 'spam', '--rows', '-1'], /--rows: expected a whole number from 0 to 1000, got "-1"/],
  [
    ['model', 'add', 'b'],
    /^ncnet model add: b: expected a folder of the model, got none; write it as in ncnet model add b FOLDER/,
  ],
  [
    ['model', 'add', 'tiny-mlm', '--licence', 'MIT'],
    /^ncnet model add: --licence: expected it with a PATH, got NAME alone; write the folder, wheel or archive after tiny-mlm/,
  ],
  [['model', 'add', 'b', tiny, '--licence', ' '], /--licence: expected a text, got " "; write it as in/],
  [['model', 'add', 'b', fixtures], /fixtures: expected a folder with config.json, .*, got no config.json; download/],
  [['model', 'add', '../b', tiny], /expected a name of a model, got other characters; use letters/],
];

test.each(cases)('%j is one line', async (args, message, expected = 2) => {
  writeFileSync(join(folder, 'own.tsv'), 'review\tstars\ngood\t5\nbad\t1\n');
  writeFileSync(join(folder, 'lines.jsonl'), '{"text_a":"good","label":1}\n{"text_a":"bad","label":0}\n');
  const { code, stdout, stderr } = await run(...args);
  expect(stdout).toBe('');
  expect(stderr).toMatch(message);
  expect(stderr.split('\n')).toHaveLength(2);
  expect(code).toBe(expected);
});

test('a kept file that changed is refused with its name', async () => {
  const { stdout } = await run('data', 'add', 'math-qa', `${fixtures}/MathQA`);
  const hash = /train.json {2}\d+ bytes {2}sha-256 ([0-9a-f]{64})/.exec(stdout)![1];
  const kept = join(environment.NCNET_CACHE, 'data/files', hash);
  writeFileSync(kept, readFileSync(kept, 'utf8').replace('60 km', '61 km'));
  const { code, stderr } = await run('data', 'export', 'math-qa');
  expect(stderr).toMatch(
    /^ncnet data export: .*: expected the pinned file train.json of math-qa with sha-256 .*; add it again: ncnet data add math-qa PATH\n$/,
  );
  expect(code).toBe(2);
});

test.each(['/proc/none', fileURLToPath(import.meta.url)])(
  'a cache in %s, where nothing can be made, is one line',
  async (cache) => {
    const args = ['data', 'add', 'sst2', `${fixtures}/SST-2`];
    const { code, stderr } = await start(args, folder, { environment: { NCNET_CACHE: cache } }).finished;
    expect(stderr).toMatch(
      /^ncnet data add: .*: expected to write here, got E[A-Z]+; free the disk, or set NCNET_CACHE to another folder\n$/,
    );
    expect(code).toBe(1);
  },
);
