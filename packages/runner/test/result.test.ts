// Results: one byte string per value, written whole, derived from records alone; verify and status read them back.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { sha256 } from 'ncnet/node';
import { beforeAll, expect, test } from 'vitest';
import { formatResult, readResult, writeResult } from '../src/result.ts';
import type { Result } from '../src/result-schema.ts';
import { runExperiment } from '../src/run-experiment.ts';
import { readStatus } from '../src/status.ts';
import { listBlocks } from '../src/store.ts';
import { verify } from '../src/verify.ts';
import { findWorkspace, listExperiments, storeFolder } from '../src/workspace.ts';
import { readTree, temporaryFolder, temporaryWorkspace } from './helpers.ts';

test('formatted JSON reads back as the same value, whatever the order of keys', () => {
  const value = fc.jsonValue({ noNegativeZero: true } as never);
  fc.assert(
    fc.property(value, (given) => {
      const text = formatResult(given);
      expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(given)));
      expect(formatResult(JSON.parse(text))).toBe(text);
    }),
    { seed: 1, numRuns: 300 },
  );
  expect(formatResult({ b: [1, 2], a: { d: 'x', c: null }, e: undefined })).toBe(
    '{"a": {"c": null, "d": "x"}, "b": [1, 2]}\n',
  );
  expect(formatResult({ list: Array.from({ length: 60 }, () => 0.5) }).split('\n')).toHaveLength(65);
});

test.each([Number.NaN, Number.POSITIVE_INFINITY])('%s in a result is refused with its place', (number) => {
  expect(() => formatResult({ rows: [{ S: { mean: number } }] })).toThrow(/at rows\[0\]\.S\.mean, got/);
});

let workspace: string;
let experiments: string;
let file: string;
let result: Result;
beforeAll(async () => {
  workspace = temporaryWorkspace();
  experiments = join(workspace, 'experiments');
  ({ file, result } = await runExperiment(join(experiments, 'tiny/experiment.ts'), {
    store: join(workspace, '.ncnet'),
    workers: 1,
  }));
});

test('the quick variant writes under the store, with its provenance beside it', () => {
  expect(file).toBe(join(workspace, '.ncnet/results/tiny.json'));
  expect(result).toMatchObject({ variant: 'quick', replicas: 300, cells: [{ replicas: 300 }, { replicas: 300 }] });
  expect(result.cells[0].blocks).toHaveLength(2);
  expect(result.rows).toHaveLength(2);
  expect(result.rows.map(({ probeHash }) => probeHash)).toEqual([null, null]);
  expect(readResult(file).result).toEqual(result);
  expect(readFileSync(file, 'utf8')).toBe(formatResult(result));
  const provenance = JSON.parse(readFileSync(join(workspace, '.ncnet/results/tiny.provenance.json'), 'utf8'));
  expect(Object.keys(provenance)).toEqual(expect.arrayContaining(['seconds', 'workers', 'cpu', 'finishedAt']));
  expect(readdirSync(join(experiments, 'tiny'))).toEqual(['experiment.ts']);
});

test('from the store, from another store and with more workers: the same bytes, and no provenance without computing', async () => {
  const module = join(experiments, 'tiny/experiment.ts');
  const before = readTree(join(workspace, '.ncnet/results'));
  const again = await runExperiment(module, { store: join(workspace, '.ncnet'), workers: 1 });
  expect(again.timing.computed).toBe(0);
  expect(readTree(join(workspace, '.ncnet/results'))).toEqual(before);
  const other = await runExperiment(module, { store: temporaryFolder(), workers: 2 });
  expect(readFileSync(other.file, 'utf8')).toBe(readFileSync(file, 'utf8'));
});

test('only the unchanged full variant writes beside the experiment', async () => {
  const own = temporaryWorkspace();
  const module = join(own, 'experiments/tiny/experiment.ts');
  const store = join(own, '.ncnet');
  await expect(runExperiment(module, { store, variant: 'full', replicas: 5 })).rejects.toThrow(
    /expected --full alone \(600 replicas/,
  );
  await expect(runExperiment(module, { store, variant: 'full', hidden: [1] })).rejects.toThrow(/the widths/);
  expect(existsSync(store)).toBe(false);
  const full = await runExperiment(module, { store, variant: 'full', workers: 2, now: () => new Date(0) });
  expect(full.file).toBe(join(own, 'experiments/tiny/result.json'));
  expect(full.result).toMatchObject({ variant: 'full', replicas: 600 });
  expect(JSON.parse(readFileSync(join(own, 'experiments/tiny/provenance.json'), 'utf8')).finishedAt).toBe(
    '1970-01-01T00:00:00.000Z',
  );
});

test.each([
  ['a misspelt key', (text: string) => text.replace("question: '", "qestion: '"), /qestion/],
  ['a bad width', (text: string) => text.replace('hidden: [1, 2, 3]', 'hidden: [0]'), /sweep\.hidden/],
  [
    'another name',
    (text: string) => text.replace("name: 'tiny'", "name: 'large'"),
    /expected name "tiny" like its folder, got "large"/,
  ],
  [
    'no summarize',
    (text: string) => text.replace('export function summarize', 'function summarize'),
    /expected an export "summarize/,
  ],
  ['a syntax error', (text: string) => `${text}\n)`, /experiment\.ts:\d+\)$/],
  [
    'a summary that throws',
    (text: string) => text.replace('const rows =', "throw new Error('no rows');\n  const rows ="),
    /^summarize: no rows/,
  ],
  [
    'a row that is not finite',
    (text: string) => text.replace('rows,', 'rows: [{ S: 0 / 0 }],'),
    /finite number at rows\[0\]\.S/,
  ],
])('an experiment with %s is one clear line', async (_, change, expected) => {
  const own = temporaryWorkspace();
  const module = join(own, 'experiments/tiny/experiment.ts');
  writeFileSync(module, change(readFileSync(module, 'utf8')));
  const failure = await runExperiment(module, { store: join(own, '.ncnet'), workers: 1, replicas: 1 }).catch(
    (error) => error,
  );
  expect(failure.message).toMatch(expected);
  expect(failure.message).not.toContain('\n');
  expect(failure.exitCode).toBeGreaterThan(0);
});

test('verify: equal for what was written, whole or a sample', async () => {
  expect(await verify(file, { workers: 1, experiments })).toMatchObject({
    equal: true,
    blocks: 4,
    blocksOf: 4,
    differences: [],
  });
  const sample = await verify(file, { workers: 1, experiments, sample: 2 });
  expect(sample).toMatchObject({ equal: true, blocks: 2, blocksOf: 4 });
});

test('verify notices and names every change of a value', async () => {
  const changed = structuredClone(result);
  changed.cells[0].blocks[1] = '0'.repeat(64);
  changed.cells[1].recordHash = '0'.repeat(64);
  changed.cells[1].probeHash = '0'.repeat(64);
  changed.rows[0].absS = 1.5;
  changed.claims[0].verdict = 'not supported';
  changed.provenance.kernel = 'f'.repeat(64);
  const target = join(temporaryFolder(), 'result.json');
  await writeResult(target, changed);
  const report = await verify(target, { workers: 1, experiments });
  expect(report.equal).toBe(false);
  expect(report.differences.map(({ where }) => where)).toEqual([
    ...['cells.0.blocks.1', 'cells.1.recordHash', 'cells.1.probeHash'],
    ...['rows.0.absS', 'claims.0.verdict', 'provenance.kernel'],
  ]);
  expect(report.differences[3]).toMatchObject({ expected: '1.5' });
});

/** A result as verify reads it, changed. */
async function verifyChanged(change: (result: Result) => void, from = result) {
  const changed = structuredClone(from);
  change(changed);
  const target = join(temporaryFolder(), 'result.json');
  await writeResult(target, changed);
  return verify(target, { workers: 1, experiments });
}

test('verify notices a result that is not what its experiment plans, and computes none of it', async () => {
  const module = join(experiments, 'tiny/experiment.ts');
  const custom = await runExperiment(module, { store: temporaryFolder(), workers: 1, replicas: 8, hidden: [3, 1] });
  expect(custom.result.variant).toBe('custom');
  expect(await verify(custom.file, { workers: 1, experiments })).toMatchObject({ equal: true, blocks: 2 });
  const as = (variant: Result['variant']) => (changed: Result) => void Object.assign(changed, { variant });
  const asFull = await verifyChanged(as('full'), custom.result);
  expect(asFull).toMatchObject({ equal: false, blocks: 0 });
  expect(asFull.differences.map(({ where, expected, got }) => `${where} ${expected} ${got}`)).toEqual([
    ...['replicas 8 600', 'cells.0.replicas 8 600', 'cells.1.replicas 8 600', 'the number of cells 2 3'],
    ...['cells.0.cell.hidden 3 1', 'cells.1.cell.hidden 1 2'],
  ]);
  expect((await verifyChanged(as('quick'), custom.result)).differences[0].where).toBe('replicas');

  // an honest run of other cells under the experiment's name
  const own = temporaryWorkspace();
  const other = join(own, 'experiments/tiny/experiment.ts');
  writeFileSync(other, readFileSync(other, 'utf8').replace('steps: 5', 'steps: 5, learningRate: 0.2, seed: 777'));
  const forged = await runExperiment(other, { store: join(own, '.ncnet'), workers: 1 });
  expect((await verify(forged.file, { workers: 1, experiments: join(own, 'experiments') })).equal).toBe(true);
  const report = await verifyChanged(
    (changed) => Object.assign(changed, { experiment: result.experiment }),
    forged.result,
  );
  expect(report).toMatchObject({ equal: false, blocks: 0 });
  expect(report.differences[0].where).toMatch(/^cells\.0\.cell\.(learningRate|seed)$/);
  expect(report.notes).toEqual([expect.stringMatching(/^the file of the experiment differs: written by /)]);
});

test('verify says which code differs, and wants the experiment before it computes', async () => {
  const { notes, differences } = await verifyChanged(({ provenance }) =>
    Object.assign(provenance, { kernel: 'f'.repeat(64), sources: 'e'.repeat(64) }),
  );
  expect(notes).toEqual([
    'kernel differs: written by ffffffffffff, computed here by none',
    expect.stringMatching(/^sources differ: written by eeeeeeeeeeee, computed here by [0-9a-f]{12}$/),
  ]);
  expect(differences.map(({ where }) => where)).toEqual(['provenance.kernel', 'provenance.sources']);
  const failure = await verify(file, { workers: 1, experiments: temporaryFolder() }).catch((error) => error);
  expect(failure).toMatchObject({ name: 'InputError', exitCode: 2 });
  expect(failure.message).toMatch(
    /^verify: expected the experiment "tiny" of this result, got no .*; run it inside the repository/,
  );
});

test('a sample notices a changed cell', async () => {
  const changed = structuredClone(result);
  changed.cells[0].cell.seed = 7;
  const target = join(temporaryFolder(), 'result.json');
  await writeResult(target, changed);
  const blocks = result.cells.reduce((total, { blocks }) => total + blocks.length, 0);
  const sample = { workers: 1, sample: blocks - 1 }; // the cell has two
  const planned = await verify(target, { ...sample, experiments });
  expect(planned).toMatchObject({ equal: false, blocks: 0, differences: [{ where: 'cells.0.cell.seed' }] });
  const report = await verify(target, { ...sample, experiments: temporaryFolder() });
  expect(report.notes).toContainEqual(expect.stringMatching(/were not compared with those that the experiment plans/));
  expect(report.differences.map(({ where }) => where).some((where) => where.startsWith('cells.0.blocks.'))).toBe(true);
});

test('verify notices a changed byte between the values', async () => {
  const target = join(temporaryFolder(), 'result.json');
  writeFileSync(target, readFileSync(file, 'utf8').replace('", "', '",  "'));
  expect((await verify(target, { workers: 1, experiments })).differences[0].where).toBe('the layout of the file');
});

test('verify of a block file compares every byte and names the first differing field', async () => {
  const block = listBlocks(join(workspace, '.ncnet'))[0];
  expect(await verify(block, { workers: 1 })).toMatchObject({ kind: 'records', equal: true, differences: [] });

  const lines = readFileSync(block, 'utf8').trimEnd().split('\n');
  lines[3] = lines[3].replace(/"losses":\[[^,]*/, '"losses":[0.125');
  const records = sha256(`${lines.slice(1, -1).join('\n')}\n`);
  const whole = sha256(`${lines.slice(0, -1).join('\n')}\n`);
  const target = join(temporaryFolder(), 'forged.ndjson');
  writeFileSync(
    target,
    `${lines.slice(0, -1).join('\n')}\n{"probesSha256":null,"recordsSha256":"${records}","sha256":"${whole}"}\n`,
  );
  const report = await verify(target, { workers: 1 });
  expect(report.equal).toBe(false);
  expect(report.differences[0]).toMatchObject({
    where: expect.stringMatching(/^replica \d+\.losses\.0$/),
    expected: '0.125',
  });
});

test.each([
  ['cut off', '{"cells": [{"recordHash": "ab', 1, 'result.json', /expected JSON/],
  [
    'damaged',
    '{"schema": "ncnet-result/1", "cells": 3}',
    1,
    'result.json',
    /expected a whole result .*experiment: expected an object, got nothing/,
  ],
  ['too many replicas for its blocks', null, 1, 'result.json', /expected 4 block hashes for 1000 replicas, got 2/],
  ['a damaged block', 'x\n', 1, `${'a'.repeat(64)}.ndjson`, /expected a whole block/],
  ['another schema', '{}', 2, 'result.json', /expected a result\.json .* got other JSON: /],
  ['empty', '', 2, 'result.json', /expected a result\.json .* got an empty file: /],
  ['no JSON', 'x,y,a,b\n', 2, 'trials.ndjson', /expected a result\.json .* got another file: /],
])('verify of a file that is %s is one clear line', async (_, text, exitCode, name, expected) => {
  const target = join(temporaryFolder(), name);
  const changed = structuredClone(result);
  changed.cells[0].replicas = 1000;
  writeFileSync(target, text ?? formatResult(changed));
  const failure = await verify(target, { workers: 1, experiments }).catch((error) => error);
  expect(failure.exitCode).toBe(exitCode);
  expect(failure.message).toMatch(expected);
  expect(failure.message).not.toContain('\n');
  expect(failure.message).toContain(target);
});

test('status reads the store alone', () => {
  const status = readStatus(join(workspace, '.ncnet'));
  expect(status).toMatchObject({
    blocks: 4,
    unreadable: [],
    conflicts: [],
    results: [{ name: 'tiny', variant: 'quick', replicas: 300 }],
  });
  expect(status.cells.map(({ cell, replicas, blocks }) => [cell.hidden, replicas, blocks])).toEqual([
    ...[
      [1, 300, 2],
      [2, 300, 2],
    ],
  ]);
  expect(status.bytes).toBe(status.cells.reduce((sum, { bytes }) => sum + bytes, 0));
  expect(readStatus(join(workspace, 'nothing'))).toMatchObject({ blocks: 0, cells: [], results: [] });
});

test('a workspace is found from below, and holds store and experiments', () => {
  expect(findWorkspace(join(experiments, 'tiny'))).toBe(workspace);
  expect(storeFolder(undefined, join(experiments, 'tiny'))).toBe(join(workspace, '.ncnet'));
  expect(storeFolder('here', '/tmp/x')).toBe('/tmp/x/here');
  expect(findWorkspace('/')).toBeNull();
  expect(listExperiments(experiments)).toEqual(['tiny']);
  expect(listExperiments(join(workspace, 'none'))).toEqual([]);
});
