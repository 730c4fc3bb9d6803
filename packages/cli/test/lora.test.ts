// ncnet lora: its numbers recomputed from the store, resuming after kill -9 and Ctrl-C, adapters, bad input in one line.
import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { chshS } from 'chsh';
import { beforeAll, expect, test } from 'vitest';
import { ncnet, output, preloaded, repository, start, temporaryFolder, until } from './helpers.ts';

const folder = temporaryFolder();
const base = `${repository}packages/ncnet/test/bert/fixtures/tiny`;
const FILES = ['--alice', 'a1.jsonl,a2.jsonl', '--bob', 'b1.jsonl,b2.jsonl'];
const LORA = ['lora', '--backend', 'wasm', '--base', base, ...FILES];
const SHORT = ['--seeds', '2', '--steps', '6', '--batch', '8', '--learning-rate', '0.01', '--json'];
const command = (...more: string[]) => [...LORA, '--rank', '1,3', ...SHORT, ...more];

const WORDS = 'man woman cat dog food bread good bad film hello world house tree green blue'.split(' ');

/** Sixty rows of words; the label is whether the i-th word stands before `letter`. */
function rows(place: number, letter: string): string {
  const lines = Array.from({ length: 60 }, (_, i) => {
    const words = [0, 1, 2].map((k) => WORDS[(i * (7 + k) + k * k * i) % WORDS.length]);
    const split = i % 4 === 3 ? 'heldOut' : 'train';
    return JSON.stringify({ text_a: words.join(' '), label: words[place] < letter ? 'low' : 'high', split });
  });
  return `${lines.join('\n')}\n`;
}

beforeAll(() => {
  writeFileSync(join(folder, 'a1.jsonl'), rows(0, 'f'));
  writeFileSync(join(folder, 'a2.jsonl'), rows(1, 'f'));
  writeFileSync(join(folder, 'b1.jsonl'), rows(2, 'g'));
  writeFileSync(join(folder, 'b2.jsonl'), rows(0, 'h'));
  writeFileSync(join(folder, 'empty.jsonl'), '');
  writeFileSync(join(folder, 'cut.jsonl'), `${rows(0, 'f')}{"text_a": "one two", "la`);
  writeFileSync(join(folder, 'label.jsonl'), `${rows(0, 'f')}{"text_a":"one","label":"middle","split":"heldOut"}\n`);
  writeFileSync(join(folder, 'train.jsonl'), rows(0, 'f').replaceAll('heldOut', 'train'));
});

interface Cell {
  rank: number;
  outcome: string;
  replicas: number;
  S: { mean: number };
  C: [number, number, number, number];
  recordHash: string;
  accuracy: { train: Record<string, number>; heldOut: Record<string, number> };
  verdict: { words: string };
}

interface Kept {
  cell: { rank: number; alpha: number; alone?: true };
  record: { replica: number; counts: Record<'correct' | 'held-out', number[]>; weights: string[] };
}

/** Files of a store; none while it is not there, or while a folder goes away under the listing. */
function filesIn(store: string): string[] {
  try {
    return readdirSync(store, { recursive: true }) as string[];
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
const blocksIn = (store: string): string[] => filesIn(store).filter((name) => name.endsWith('.ndjson'));

interface Single {
  replica: number;
  right: { correct: number[] };
}

/** Records of a rank, of contexts and of tasks alone, by seed. */
function recordsIn(store: string, rank: number) {
  const own = keptIn(store).filter(({ cell }) => cell.rank === rank);
  const bySeed = <R extends { replica: number }>(records: unknown[]) =>
    (records as R[]).sort((a, b) => a.replica - b.replica);
  return {
    loras: bySeed<Kept['record']>(own.filter(({ cell }) => !cell.alone).map(({ record }) => record)),
    single: bySeed<Single>(own.filter(({ cell }) => cell.alone).map(({ record }) => record)),
  };
}

function keptIn(store: string): Kept[] {
  return blocksIn(store).map((name) => {
    const [header, record] = readFileSync(join(store, name), 'utf8').split('\n');
    return { cell: JSON.parse(header).cell, record: JSON.parse(record) };
  });
}

test('S, C and accuracies are those of the outcomes in the store; a second time nothing is trained', async () => {
  const store = join(folder, 'store');
  const printed = JSON.parse(await output(command('--store', store), folder));
  const cells: Cell[] = printed.cells;
  expect(cells.map(({ rank, outcome }) => `${rank} ${outcome}`)).toEqual(
    [1, 3].flatMap((rank) => ['correct', 'held-out', 'success'].map((outcome) => `${rank} ${outcome}`)),
  );
  expect(printed).toMatchObject({
    ...{ rows: { train: 45, heldOut: 15, pairing: 'shuffle' }, backend: 'wasm' },
    ...{ tasks: { alice: ['a1', 'a2'], bob: ['b1', 'b2'] } },
    timing: { trained: 16, cached: 0, steps: 96 },
  });
  for (const cell of cells) {
    expect(Object.keys(cell)).toEqual(
      expect.arrayContaining([
        ...[
          'rank',
          'outcome',
          'replicas',
          'S',
          'absS',
          'signs',
          'C',
          'marginals',
          'delta',
          'deltaCi95',
          'noSignallingP',
        ],
        ...['sOdd', 'cbd', 'cbdCi95', 'composition', 'flips', 'verdict', 'recordHash', 'probeHash', 'pS', 'pCbd'],
        ...['trialsNeeded', 'accuracy'],
      ]),
    );
  }
  const kept = keptIn(store);
  expect(kept).toHaveLength(4);
  for (const rank of [1, 3]) {
    const own = kept.filter(({ cell }) => cell.rank === rank);
    expect(own.map(({ cell }) => cell.alpha)).toEqual([2 * rank, 2 * rank]);
    expect(new Set(own.flatMap(({ record }) => record.weights)).size).toBe(8);
    for (const split of ['train', 'heldOut'] as const) {
      const rule = split === 'train' ? 'correct' : 'held-out';
      const cell = cells.find((c) => c.rank === rank && c.outcome === rule)!;
      ['a1b1', 'a1b2', 'a2b1', 'a2b2'].forEach((name, context) => {
        const two = own.map(({ record }) => record.counts[rule].slice(4 * context, 4 * context + 4));
        const rows = printed.rows[split];
        for (const counts of two) expect(counts.reduce((sum, count) => sum + count, 0)).toBe(rows);
        const mean = (read: (counts: number[]) => number) =>
          two.reduce((sum, counts) => sum + read(counts), 0) / 2 / rows;
        expect(cell.C[context]).toBeCloseTo(
          mean(([pp, pm, mp, mm]) => pp + mm - pm - mp),
          10,
        );
        expect(cell.accuracy[split][name]).toBeCloseTo(
          mean(([pp, pm]) => pp + pm),
          10,
        );
        expect(cell.accuracy[split][name.slice(2) + name.slice(0, 2)]).toBeCloseTo(
          mean(([pp, , mp]) => pp + mp),
          10,
        );
      });
      expect(cell.S.mean).toBeCloseTo(chshS(cell.C), 10);
      expect(cell.replicas).toBe(2);
    }
  }
  const again = JSON.parse(await output(command('--store', store), folder));
  expect(again.timing).toMatchObject({ seconds: 0, steps: 0, stepsPerSecond: null, trained: 0, cached: 16 });
  expect(again.cells).toEqual(cells);
  const other = JSON.parse(await output(command('--store', store, '--success-accuracy', '0.1'), folder));
  expect(other.timing.cached).toBe(16); // success follows from the counts
  expect(await output(['status', '--store', store], folder)).toMatch(
    /\nlora, tiny, a1\.jsonl a2\.jsonl \/ b1\.jsonl b2\.jsonl, 6 steps, wasm +1,3 +2 +4 /,
  );
  const [block] = blocksIn(store);
  expect(await output(['verify', join(store, block)], folder)).toMatch(/^EQUAL .*\.ndjson\n/);
});

test('--success-margin trains the tasks alone once, at the largest rank, and compares seed by seed', async () => {
  const store = join(folder, 'store');
  const args = command('--store', store, '--success-margin', '0.1');
  const printed = JSON.parse(await output(args, folder));
  expect(printed.timing).toMatchObject({ trained: 8, cached: 16, steps: 48 }); // two seeds of four tasks
  const { alone } = printed;
  expect(alone).toMatchObject({ rank: 3, margin: 0.1, recordHash: expect.stringMatching(/^[0-9a-f]{64}$/) });
  expect(alone.train.replicas).toHaveLength(2);
  const { a2, b1 } = alone.train.replicas[1];
  expect(alone.train.mean.b1).toBeCloseTo((alone.train.replicas[0].b1 + b1) / 2, 12);
  const { loras, single } = recordsIn(store, 3);
  expect([a2, b1]).toEqual([single[1].right.correct[1] / 45, single[1].right.correct[2] / 45]);
  const C21 = loras.map(({ counts }, seed) => {
    const [pp, pm, mp] = counts.correct.slice(8, 12);
    const own = alone.train.replicas[seed];
    const [alice, bob] = [(pp + pm) / 45 >= own.a2 - 0.1, (pp + mp) / 45 >= own.b1 - 0.1];
    return alice === bob ? 1 : -1;
  });
  const success = (printed.cells as Cell[]).find(({ rank, outcome }) => rank === 3 && outcome === 'success')!;
  expect(success.C[2]).toBeCloseTo((C21[0] + C21[1]) / 2, 12);
  expect(printed.cells.map(({ rank }: Cell) => rank)).toEqual([1, 1, 1, 3, 3, 3]);
  const table = await output(
    args.filter((arg) => arg !== '--json'),
    folder,
  );
  expect(table).toMatch(
    /\naccuracy of a task trained alone; a head succeeds with at least .* minus 0\.1\nrank {2}rows +a1/,
  );
  expect(await output(['status', '--store', store], folder)).toMatch(
    /\nlora, .* \/ b1\.jsonl b2\.jsonl, tasks alone, 6 /,
  );
});

test.each([
  ['the command', false],
  ['the command and its children', true],
])(
  'kill -9 of %s in the middle: the same command goes on from the checkpoint and gives the same records',
  async (_, group) => {
    const whole = JSON.parse(await output(command('--store', join(folder, 'store')), folder));
    const store = join(folder, group ? 'killed-group' : 'killed');
    const args = command('--store', store, '--checkpoint-seconds', '0', '--workers', '1');
    const ended = `${store}.ended`;
    const environment = {
      ...preloaded('kill-within-training'),
      ...{ KILL_STORE: store, KILL_GROUP: group ? '1' : '0', KILL_ENDED: ended },
      KILL_CHECKPOINT: '23', // 4 trainings of 5 checkpoints are the first replica's
    };
    expect((await start(args, folder, { detached: group, environment }).finished).signal).toBe('SIGKILL');
    if (!group) await expect.poll(() => existsSync(ended), { timeout: 60_000 }).toBe(true); // the child saw it and stopped
    expect(blocksIn(store)).toHaveLength(1);
    expect(filesIn(store).some((name) => name.endsWith('.checkpoint'))).toBe(true);
    const printed = JSON.parse(await output(args, folder));
    expect(printed.cells).toEqual(whole.cells);
    expect(printed.timing.cached).toBe(4);
    expect(printed.timing.steps).toBeLessThanOrEqual(69); // three replicas of 24 steps, less the 3 before the kill
    expect(printed.timing.steps).toBeGreaterThan(48);
    expect(filesIn(store).filter((name) => /checkpoint|unfinished./.test(name))).toEqual([]);
  },
);

test('Ctrl-C keeps a checkpoint, says how to resume and exits with 130', async () => {
  const store = join(folder, 'stopped');
  const long = ['--rank', '2', '--seeds', '2', '--steps', '100000', '--batch', '4', '--checkpoint-seconds', '0'];
  const running = start([...LORA, ...long, '--store', store], folder);
  await until(() => filesIn(store).some((name) => name.endsWith('.checkpoint')), running);
  running.child.kill('SIGINT');
  const { code, stdout, stderr } = await running.finished;
  expect(code).toBe(130);
  expect(stdout).toBe('');
  expect(stderr).toMatch(
    /ncnet lora: interrupted: 0 of 2 blocks are kept in .*; to resume, run the same command again/,
  );
  expect(await output(['status', '--store', store], folder)).toMatch(
    /\nunfinished .*: the command that trained it goes on/,
  );
});

test('a base can be named by its folder among the models of the cache', async () => {
  cpSync(base, join(folder, 'cache/models/tiny-bert'), { recursive: true });
  const args = [
    'lora',
    '--backend',
    'wasm',
    '--base',
    'tiny-bert',
    ...FILES,
    '--rank',
    '1',
    ...SHORT,
    '--store',
    join(folder, 'store'),
  ];
  const { code, stdout } = await start(args, folder, { environment: { NCNET_CACHE: join(folder, 'cache') } }).finished;
  expect(code).toBe(0);
  const known = JSON.parse(await output(command('--store', join(folder, 'store')), folder)).cells[0];
  const { rank, recordHash } = JSON.parse(stdout).cells[0];
  expect({ rank, recordHash }).toEqual({ rank: known.rank, recordHash: known.recordHash }); // the same by name and by folder
});

test('without --base it is tiny-mlm where all-MiniLM-L6-v2 is not here, and stderr says so', async () => {
  const args = ['lora', '--backend', 'wasm', ...FILES, '--rank', '1', ...SHORT, '--store', join(folder, 'store')];
  const { stdout, stderr } = await start(args, folder, { environment: { NCNET_CACHE: join(folder, 'none') } }).finished;
  expect(stderr).toMatch(/^ncnet lora: base tiny-mlm, a small trial model, since all-MiniLM-L6-v2 is not here: ncnet/);
  const { base: used, cells, timing } = JSON.parse(stdout);
  expect(used).toBe('tiny-mlm');
  expect(timing.trained).toBe(8); // another base, other trainings
  expect(cells).toHaveLength(3); // outcomes
});

test('the help shows an example that the flags accept', async () => {
  const help = await output(['lora', '--help'], folder);
  expect(help).toMatch(/Exit codes: 0 ok, 1 failed check/);
  const [, flags] = /\n {2}ncnet lora --base models\/bert (.*) --json\n/.exec(help)!;
  const { stderr } = await ncnet(['lora', '--base', 'nowhere', ...flags.split(' ')], folder);
  expect(stderr).toMatch(
    /^ncnet lora: nowhere: expected a folder or the name of a model, got neither; see `ncnet model list`/,
  );
});

test('--adapters writes what bert embed --adapter reads, and says S in a table', async () => {
  const args = [...LORA, '--rank', '2', '--seeds', '1', '--steps', '3', '--batch', '4', '--rows', '40'];
  const own = [
    '--learning-rate',
    '0.05',
    '--layers',
    '1',
    '--targets',
    'query,dense',
    '--store',
    'other',
    '--adapters',
    'adapters',
  ];
  const table = await output([...args, ...own], folder);
  expect(table).toMatch(/^alice a1, a2; bob b1, b2; 40 training and 15 held-out rows, paired by shuffle\n/);
  expect(table).toMatch(/\noutcome held-out, 1 seeds\nrank {6}S/);
  expect(table).toMatch(
    /\n4 trainings, 12 steps in .* 0 from the store; base .*tiny, backend wasm \(CPU, WASM SIMD\)\n$/,
  );
  expect(readdirSync(join(folder, 'adapters/rank-2/seed-1')).sort()).toEqual(['a1b1', 'a1b2', 'a2b1', 'a2b2']);
  const embed = (...more: string[]) =>
    output(['bert', 'embed', '--base', base, '--input', 'one.jsonl', '--json', ...more], folder);
  writeFileSync(join(folder, 'one.jsonl'), '{"text_a":"a good film"}');
  const [plain, adapted] = [await embed(), await embed('--adapter', 'adapters/rank-2/seed-1/a2b1')];
  expect(JSON.parse(adapted).rows[0].mean).not.toEqual(JSON.parse(plain).rows[0].mean);
  const again = await output([...args, ...own], folder);
  expect(again).toMatch(/\n0 trainings, 4 from the store; /);
});

const good = `--backend wasm --base ${base} --alice a1.jsonl,a2.jsonl --bob b1.jsonl,b2.jsonl`;
const cases: [flags: string, message: RegExp][] = [
  [`--base ${base} --bob b1.jsonl,b2.jsonl`, /--alice: expected two files of labelled rows, got none; write it as in/],
  [
    `--base ${base} --alice a1.jsonl --bob b1.jsonl,b2.jsonl`,
    /--alice: expected two files with a comma between, got "a1/,
  ],
  [
    `--base ${base} --alice a1.jsonl,a2.jsonl --bob b1.jsonl,b2.jsonl,b1.jsonl`,
    /--bob: expected two files with a comma/,
  ],
  [
    '--base no-such-bert --alice a1.jsonl,a2.jsonl --bob b1.jsonl,b2.jsonl',
    /: no-such-bert: expected a folder or the name of a model, got neither; see `ncnet model list`/,
  ],
  [good.replace(base, ''), /--base: expected a folder or a name, got ""; write it as in --base all-MiniLM-L6-v2/],
  [`${good} --adapters `, /--adapters: expected a folder, got ""; write it as in --adapters adapters/],
  [`${good} --weight-decay -1`, /--weight-decay: expected a number from 0 to 1000, got "-1"; write it as in/],
  [`${good} --rank 33`, /: --rank: expected a rank of at most 32, the hidden_size of this model, got 33; lower it/],
  [`${good} --rank 1,1`, /--rank: expected distinct values, got 1 twice/],
  [`${good} --layers 0,2`, /--layers: expected layers from 0 to 1, which this model has, got 2; leave it out/],
  [`${good} --max-length 65`, /--max-length: expected at most 64, the max_position_embeddings of this model, got 65/],
  [
    `${good} --alpha 2x`,
    /--alpha: expected a number above 0, or a multiple of the rank, got "2x"; write it as in --alpha 2r/,
  ],
  [
    `${good} --store a1.jsonl`,
    /: store: expected a folder, got a file: .*a1.jsonl; choose another folder with --store/,
  ],
  [
    `${good} --adapters a1.jsonl`,
    /: --adapters: expected a folder to write to, got a file: .*a1\.jsonl; choose another folder/,
  ],
  [`${good} --adapters a1.jsonl/below`, /: --adapters: expected a folder to write to, got a file: .*below; choose/],
  [`${good} --clip -1`, /: --clip: expected a number from 0 to 1000000, got "-1"; write it as in --clip 0\.05/],
  [`${good} --weight-decay .`, /: --weight-decay: expected a number from 0 to 1000, got "\."/],
  [
    `${good} --success-margin 1`,
    /--success-margin: expected a number from 0 to below 1, got "1"; write it as in .* 0.05/,
  ],
  [
    `${good} --success-margin 0.1 --success-accuracy 1`,
    /--success-margin: expected it without --success-accuracy, got both; drop/,
  ],
  [
    `${good} --success-margin 0.1 --outcome correct`,
    /--success-margin: expected success among the rules of --outcome, got correct; add it, or drop the margin/,
  ],
  [`${good} --dropout 1`, /--dropout: expected a number from 0 to below 1, got "1"/],
  [`${good} --accumulate 64`, /--accumulate: expected at most the 32 rows of --batch, got 64; lower it/],
  [`${good} --targets query,values`, /--targets: expected query\|key\|value\|dense, got "values"; did you mean value/],
  [
    good.replace('a1.jsonl', 'nowhere.jsonl'),
    /: nowhere.jsonl: expected the name of a task or a labelled JSONL file, got none; see `ncnet data list`/,
  ],
  [good.replace('b2.jsonl', 'empty.jsonl'), /: empty.jsonl:1: expected a JSON object, got an empty file; write/],
  [
    good.replace('a1.jsonl', 'cut.jsonl'),
    /: cut.jsonl:61: expected a JSON object, got \{"text_a": "one two", "la; write/,
  ],
  [
    good.replace('a1.jsonl', 'label.jsonl'),
    /: label.jsonl:61: expected a label of the training rows \(high, low\), got middle/,
  ],
  [
    `${good.replace('a1.jsonl', 'train.jsonl')} --outcome held-out`,
    /--outcome held-out: expected rows that are held out in every task, got none; mark some/,
  ],
];

test.each(cases)('lora %s', async (flags, message) => {
  const { code, stdout, stderr } = await ncnet(['lora', ...flags.split(' ')], folder);
  expect(stdout).toBe('');
  expect(stderr).toMatch(message);
  const said = stderr
    .trimEnd()
    .split('\n')
    .filter((line) => !/^ncnet lora: \d+ training and/.test(line)); // the rows
  expect(said).toHaveLength(1);
  expect(code).toBe(2);
});

test('a block or an unfinished training that is none is one clear error', async () => {
  const broken = join(folder, 'broken');
  cpSync(join(folder, 'store'), broken, { recursive: true });
  for (const block of blocksIn(broken)) writeFileSync(join(broken, block), 'none');
  const refused = await ncnet(command('--store', broken), folder);
  expect(refused.stderr).toMatch(/store: expected a whole block of records in .*; delete this file and run the same/);
  expect(refused.code).toBe(1);
  const stopped = join(folder, 'stopped');
  const [checkpoint] = filesIn(stopped).filter((name) => name.endsWith('.checkpoint'));
  writeFileSync(join(stopped, checkpoint), 'none');
  const long = ['--rank', '2', '--seeds', '2', '--steps', '100000', '--batch', '4'];
  const { code, stderr } = await ncnet([...LORA, ...long, '--store', stopped], folder);
  expect(stderr).toMatch(
    /store: expected a checkpoint of this training, got 4 bytes in .*\.checkpoint; delete it, and the training starts/,
  );
  expect(code).toBe(2);
  const finished = join(stopped, checkpoint).replace('.checkpoint', '.json');
  writeFileSync(finished, '{"train":["1","2"]}');
  const again = await ncnet([...LORA, ...long, '--store', stopped], folder);
  expect(again.stderr).toMatch(
    /store: expected a finished training as this version keeps it, got another file .*\.json/,
  );
  expect(again.code).toBe(2);
});
