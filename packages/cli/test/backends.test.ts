// ncnet backends and ncnet crosscheck as users start them: what they print, their JSON and their exit codes.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { ncnet, output, preloaded, repository, runFirst, start, temporaryFolder } from './helpers.ts';

const NAMES = ['kernel', 'wasm', 'tensorflow', 'tensorflow-gpu', 'webgpu', 'cpu'];
const folder = temporaryFolder();

test('backends: one line each; a missing one names what enables it; --json says the same', async () => {
  const environment = { VK_DRIVER_FILES: '/nowhere' };
  const [text, json] = await Promise.all(
    [[], ['--json']].map((flags) => start(['backends', ...flags], folder, { environment }).finished),
  );
  expect([text.code, json.code, text.stderr, json.stderr]).toEqual([0, 0, '', '']);
  const lines = text.stdout.trimEnd().split('\n').slice(1);
  const { backends, node, platform } = JSON.parse(json.stdout);
  expect({ node, platform }).toEqual({ node: process.version, platform: `${process.platform} ${process.arch}` });
  expect(backends.map(({ name }: { name: string }) => name)).toEqual(NAMES);
  backends.forEach(({ name, available, device, reason, enable }: Record<string, string>, i: number) => {
    expect(lines[i].split(/\s+/).slice(0, 2)).toEqual([name, available ? 'yes' : 'no']);
    expect(lines[i]).toContain(available ? device : enable);
    expect(lines[i]).toContain(available ? device : reason);
  });
  expect(backends[0].versions.kernel).toMatch(/^[0-9a-f]{64}$/);
  expect(backends[4]).toMatchObject({ available: false, reason: 'no file /nowhere', enable: 'correct or unset it' });
});

test('crosscheck: cpu, wasm, and tensorflow where it is set up, keep every tolerance', async () => {
  const { backends: here } = JSON.parse(await output(['backends', '--json'], folder));
  const list = ['cpu', 'wasm', 'tensorflow'].filter((name) =>
    here.some((row: { name: string; available: boolean }) => row.name === name && row.available),
  );
  if (!list.includes('tensorflow')) console.warn('skipped: tensorflow is not set up; npm run setup:tensorflow');
  const result = JSON.parse(await output(['crosscheck', '--backends', list.join(), '--json'], folder));
  expect(result).toMatchObject({ passed: true, absent: [], failed: [], machine: { node: process.version } });
  expect(result.backends.map(({ backend }: { backend: string }) => backend)).toEqual(list);
  for (const { passed, differences, apart } of result.backends) {
    expect(passed).toEqual({ ops: true, forward: true, gradient: true, step: true, steps: true, apart: true });
    expect(differences.ops.length).toBeGreaterThan(10);
    expect(Object.keys(apart)).toHaveLength(list.length - 1);
    for (const distance of Object.values<number>(apart)) expect(distance).toBeLessThanOrEqual(1e-6);
  }
});

test('crosscheck: a wrong function is found, marked and ends with code 1', async () => {
  const environment = preloaded('wrong-tanh');
  const { code, stdout } = await start(['crosscheck', '--backends', 'cpu'], folder, { environment }).finished;
  expect(code).toBe(1);
  expect(stdout).toMatch(/^cpu .*!/m);
  expect(stdout).toMatch(/^cpu, tanh: at \d+ got \S+ for \S+; its inputs are in --json$/m);
  expect(stdout).toContain('FAILED: ');
});

test('crosscheck: a backend that dies is a failure, not silence', async () => {
  const die = 'process.argv[3] === "crosscheck" && process.abort()';
  const { code, stdout } = await start(['crosscheck', '--backends', 'cpu', '--json'], folder, {
    environment: { NODE_OPTIONS: runFirst(die) },
  }).finished;
  expect(code).toBe(1);
  expect(JSON.parse(stdout)).toMatchObject({ passed: false, backends: [], failed: [{ name: 'cpu' }] });
});

const bad: [flags: string[], message: RegExp][] = [
  [['--backends', 'cuda'], /^ncnet crosscheck: --backends: expected wasm\|tensorflow\|.*, got "cuda"; /],
  [['--backends', 'cpu,cpu'], /^ncnet crosscheck: --backends: expected distinct values, got cpu twice/],
  [['--backends', 'webgpu'], /expected a driver file in VK_DRIVER_FILES, got no file \/nowhere; correct or unset it$/],
  [['--save'], /^ncnet crosscheck: --save: expected to be inside the repository, got .*; change into it$/],
];

test.each(bad)('crosscheck %j', async (flags, message) => {
  const environment = { VK_DRIVER_FILES: '/nowhere' };
  const { code, stdout, stderr } = await start(['crosscheck', ...flags], folder, { environment }).finished;
  expect(stdout).toBe('');
  expect(stderr.trimEnd().split('\n').at(-1)).toMatch(message);
  expect(code).toBe(2);
});

test('the committed result holds all four backends, at most 1e-6 apart after every step', () => {
  const { passed, backends } = JSON.parse(readFileSync(`${repository}bench/results/crosscheck.json`, 'utf8'));
  expect(passed).toBe(true);
  expect(backends.map(({ backend }: { backend: string }) => backend).toSorted()).toEqual([
    'cpu',
    'tensorflow',
    'wasm',
    'webgpu',
  ]);
  for (const { apart } of backends) expect(Math.max(...Object.values<number>(apart))).toBeLessThanOrEqual(1e-6);
});

test('embed takes auto', async () => {
  const base = `${repository}packages/ncnet/test/bert/fixtures/tiny`;
  const { child, finished } = start(
    ['bert', 'embed', '--base', base, '--input', '-', '--backend', 'auto', '--json'],
    folder,
  );
  child.stdin!.end('{"text_a":"a text"}\n');
  const { code, stdout } = await finished;
  expect(code).toBe(0);
  expect(JSON.parse(stdout).backend).toMatch(/^(wasm|tensorflow|tensorflow-gpu)$/);
  expect((await ncnet(['bert', 'embed', '--help'], folder)).stdout).toContain('auto|wasm|tensorflow');
});
