// ncnet bert embed: its numbers against Hugging Face's, its page, and bad input with exit code 2 and nothing on stdout.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, test } from 'vitest';
import { createTextProgress } from '../src/text-progress.ts';
import { launcher, ncnet, output, start, temporaryFolder } from './helpers.ts';

const repository = fileURLToPath(new URL('../../..', import.meta.url));
const fixtures = `${repository}packages/ncnet/test/bert/fixtures`;
const folder = temporaryFolder();

interface Row {
  text_a: string;
  text_b: string | null;
  ids: number[];
  typeIds: number[];
  lastHidden: number[][];
  pooled: number[] | null;
}
const expected: Record<string, { rows: Row[] }> = JSON.parse(readFileSync(`${fixtures}/expected.json`, 'utf8'));

const difference = (a: number[], b: number[]): number => Math.max(...a.map((value, i) => Math.abs(value - b[i])));

beforeAll(() => {
  const line = ({ text_a, text_b }: Row): string => JSON.stringify(text_b === null ? { text_a } : { text_a, text_b });
  writeFileSync(join(folder, 'rows.jsonl'), `${expected.tiny.rows.map(line).join('\n')}\n`);
  writeFileSync(
    join(folder, 'one.jsonl'),
    '{"text_a":"the man is eating bread","label":1,"id":"a","split":"train","item":"7"}',
  );
  cpSync(`${fixtures}/tiny`, join(folder, 'tiny'), { recursive: true });
  for (const name of ['tiny-bf16', 'peft']) cpSync(`${fixtures}/${name}`, join(folder, name), { recursive: true });
  for (const name of ['cut', 'text', 'relu', 'wide'])
    cpSync(`${fixtures}/tiny`, join(folder, name), { recursive: true });
  truncateSync(join(folder, 'cut/model.safetensors'), 50_000);
  writeFileSync(join(folder, 'text/model.safetensors'), 'version https://git-lfs.github.com/spec/v1\n');
  const config = readFileSync(`${fixtures}/tiny/config.json`, 'utf8');
  writeFileSync(join(folder, 'relu/config.json'), config.replace('"gelu"', '"relu"'));
  writeFileSync(join(folder, 'wide/config.json'), config.replace('"intermediate_size": 64', '"intermediate_size": 65'));
  mkdirSync(join(folder, 'empty'));
  writeFileSync(join(folder, 'empty.jsonl'), '\n');
  writeFileSync(join(folder, 'words.jsonl'), '{"text_a":"a"}\nsome words\n');
  writeFileSync(join(folder, 'other.jsonl'), '{"text_b":"a"}\n');
  writeFileSync(join(folder, 'choices.jsonl'), '{"text_a":"q","choices":["a","b"],"label":1,"split":"train"}\n');
  writeFileSync(join(folder, 'misspelt.jsonl'), '{"text_a":"a","text_B":"b"}\n');
});

test.each(['tiny', 'tiny-f16'])(
  '--json: ids, types, cls, mean and pooled of %s are those of transformers',
  async (name) => {
    const args = ['bert', 'embed', '--base', `${fixtures}/${name}`, '--input', 'rows.jsonl', '--json'];
    const { rows, backend, device } = JSON.parse(await output(args, folder));
    expect({ backend, device }).toEqual({ backend: 'wasm', device: 'CPU, WASM SIMD' });
    expect(rows).toHaveLength(expected[name].rows.length);
    expected[name].rows.forEach((row, i) => {
      const { ids, typeIds, cls, mean, pooled } = rows[i];
      expect({ ids, typeIds }).toEqual({ ids: row.ids, typeIds: row.typeIds });
      const means = row.lastHidden[0].map((_, j) => row.lastHidden.reduce((s, h) => s + h[j], 0) / row.ids.length);
      expect(difference(cls, row.lastHidden[0])).toBeLessThanOrEqual(1e-5);
      expect(difference(mean, means)).toBeLessThanOrEqual(1e-5);
      if (row.pooled === null) expect(pooled).toBe(null);
      else expect(difference(pooled, row.pooled)).toBeLessThanOrEqual(1e-5);
    });
  },
);

test('--adapter: the mean with a PEFT adapter is that of PEFT', async () => {
  const { plain } = JSON.parse(readFileSync(`${fixtures}/peft/expected.json`, 'utf8'));
  const args = ['bert', 'embed', '--base', 'tiny', '--input', 'rows.jsonl', '--adapter', 'peft/plain', '--json'];
  const { rows } = JSON.parse(await output(args, folder));
  (plain.lastHidden as number[][][]).forEach((hidden, i) => {
    const means = hidden[0].map((_, j) => hidden.reduce((sum, token) => sum + token[j], 0) / hidden.length);
    expect(difference(rows[i].mean, means)).toBeLessThanOrEqual(1e-5);
  });
});

test('docs/bert.md shows what its command prints', () => {
  const page = readFileSync(`${repository}docs/bert.md`, 'utf8');
  const [, command, printed] = /```console\n\$ npx ncnet (.*)\n([^`]*)```/.exec(page)!;
  const options = { cwd: repository, encoding: 'utf8', env: { ...process.env, NO_COLOR: '1' } } as const;
  expect(execFileSync(process.execPath, [launcher, ...command.split(' ')], options)).toBe(printed);
});

test('a base is a name too, and without one it is the best that is here', async () => {
  const cache = join(folder, 'cache');
  const embed = async (...base: string[]) => {
    const args = ['bert', 'embed', '--input', 'one.jsonl', '--json', ...base];
    const { code, stdout, stderr } = await start(args, folder, { environment: { NCNET_CACHE: cache } }).finished;
    expect(code).toBe(0);
    return { ...JSON.parse(stdout), stderr };
  };
  cpSync(`${fixtures}/tiny`, join(cache, 'models/my-bert'), { recursive: true });
  const [byName, byFolder] = [await embed('--base', 'my-bert'), await embed('--base', 'tiny')];
  expect(byName).toMatchObject({ base: 'my-bert', rows: byFolder.rows, stderr: '' });
  const none = await embed();
  expect(none.base).toBe('tiny-mlm');
  expect(none.rows[0].mean).toHaveLength(64);
  expect(none.stderr).toBe(
    'ncnet bert embed: base tiny-mlm, a small trial model, since all-MiniLM-L6-v2 is not here: ncnet model add all-MiniLM-L6-v2\n',
  );
});

test('stdin on the cpu backend, with a cut that stderr reports', async () => {
  const args = 'bert embed --base tiny --input - --backend cpu --max-length 4 --json'.split(' ');
  const running = start(args, folder);
  running.child.stdin!.end(readFileSync(join(folder, 'one.jsonl')));
  const { code, stdout, stderr } = await running.finished;
  expect(stderr).toBe(
    'ncnet bert embed: 1 of 1 texts cut to 4 tokens, the first in line 1; --max-length sets how many, at most 64\n',
  );
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ backend: 'cpu', rows: [{ ids: { length: 4 } }] });
});

const cases: [flags: string, message: RegExp][] = [
  ['--base tiny', /^ncnet bert embed: --input: expected a file of texts, got none; /],
  ['--base tiny --input one.jsonl --adaptor x', /expected a flag that exists, got --adaptor; did you mean --adapter/],
  [
    '--base tiny --input one.jsonl --adapter nowhere',
    /: nowhere: expected a folder with adapter_config.json and .*, got/,
  ],
  [
    '--base tiny-bf16 --input one.jsonl --adapter peft/ours',
    /ours: expected the base that .*, got other weights; give/,
  ],
  [
    '--base tiny --input one.jsonl --backend gpu',
    /--backend: expected auto\|wasm\|tensorflow\|tensorflow-gpu\|webgpu\|cpu, got "gpu"/,
  ],
  ['--base tiny --input one.jsonl --max-length 0', /--max-length: expected a whole number from 3 to 1000000, got "0"/],
  ['--base tiny --input one.jsonl --max-length 65', /expected at most 64, the max_position_embeddings of .*, got 65/],
  ['--base tiny --input rows.jsonl --max-length 3', /more than 3 special tokens, got 3 \(line 2\); raise it/],
  [
    '--base nowhere --input one.jsonl',
    /^ncnet bert embed: nowhere: expected a folder or the name of a model, got neither; see `ncnet model list`/,
  ],
  ['--base empty --input one.jsonl', /: empty: expected a folder with .*, got no config.json; download/],
  ['--base relu --input one.jsonl', /relu\/config.json: expected hidden_act gelu\|.*, got relu; this encoder computes/],
  ['--base wide --input one.jsonl', /intermediate.dense.bias of shape \[65], got \[64]; give the weights/],
  [
    '--base cut --input one.jsonl',
    /cut\/model.safetensors: expected a safetensors file, got tensor .* of 50000; downl/,
  ],
  ['--base text --input one.jsonl', /text\/model.safetensors: expected a safetensors file, got a header length of/],
  ['--base tiny --input nowhere.jsonl', /--input: expected a file of texts, got no such file nowhere.jsonl; give its/],
  ['--base tiny --input empty', /--input: expected a file of texts, got a folder empty; give its path/],
  ['--base tiny --input empty.jsonl', /: empty.jsonl:1: expected a JSON object, got an empty file; write/],
  ['--base tiny --input words.jsonl', /: words.jsonl:2: expected a JSON object, got some words; write/],
  ['--base tiny --input other.jsonl', /: other.jsonl:1: expected text in text_a, got none; write/],
  [
    '--base tiny --input choices.jsonl',
    /: choices.jsonl:1: expected a text or a pair of texts, got choices; write a line/,
  ],
  ['--base tiny --input misspelt.jsonl', /: misspelt.jsonl:1: expected the keys .*, got "text_B"; did you mean text_/],
  ['--base tiny --input tiny/model.safetensors', /: tiny\/model.safetensors:1: expected UTF-8 text, got binary data/],
];

test.each(cases)('bert embed %s', async (flags, message) => {
  const { code, stdout, stderr } = await ncnet(['bert', 'embed', ...flags.split(' ')], folder);
  expect(stdout).toBe('');
  expect(stderr).toMatch(message);
  expect(stderr.split('\n')).toHaveLength(2);
  expect(code).toBe(2);
});

test('a word that is no command of bert is named', async () => {
  const { code, stderr } = await ncnet(['bert', 'embde'], folder);
  expect(stderr).toBe('ncnet bert: expected a command (embed), got embde; did you mean embed?\n');
  expect(code).toBe(2);
});

test('progress shows share, rate and time left, and is silent for short work', () => {
  const lines: string[] = [];
  let time = 0;
  const progress = createTextProgress({
    ...{ label: 'who', total: 1000, now: () => time },
    stream: { write: (text) => lines.push(text) },
  });
  for (time = 1000; time <= 10_000; time += 1000) progress.advance(time / 100, time / 20);
  progress.end();
  expect(lines).toEqual([
    'who: 25 %  50 texts  10.0 texts/s  ETA 15 s\n',
    'who: 50 %  100 texts  10.0 texts/s  ETA 10 s\n',
  ]);
});
