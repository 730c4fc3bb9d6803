// Lora cells through the runner: the same records for any number of workers, the store, resume after a kill, status, verify.
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeLoraCell } from 'ncnet/lora';
import { codeIdentity, resolveCells, sha256 } from 'ncnet/node';
import { beforeAll, describe, expect, it } from 'vitest';
import { openBertBackend } from '../../ncnet/src/bert/backend.ts';
import { Stopped, trainLora } from '../../ncnet/src/bert/lora-train.ts';
import { blockFile, blockKey, readStatus, runCells, verify } from '../src/index.ts';
import { openStore, scratchFolder } from '../src/store.ts';
import { temporaryFolder } from './helpers.ts';

const folder = temporaryFolder();
const base = join(folder, 'base');
const tiny = fileURLToPath(new URL('../../ncnet/test/bert/fixtures/tiny', import.meta.url));
const WORDS = 'man woman cat dog food bread good bad film hello world house tree green blue'.split(' ');

/** Forty rows of words; the label is whether the word at a place stands before a letter. */
function rows(place: number, letter: string): string {
  const lines = Array.from({ length: 40 }, (_, i) => {
    const words = [0, 1, 2].map((k) => WORDS[(i * (7 + k) + k * k * i) % WORDS.length]);
    const split = i % 4 === 3 ? 'heldOut' : 'train';
    return JSON.stringify({ text_a: words.join(' '), label: words[place] < letter ? 'low' : 'high', split });
  });
  return `${lines.join('\n')}\n`;
}

const file = (name: string): string => join(folder, `${name}.jsonl`);
const make = (rank: number, changes = {}, alone = false) =>
  makeLoraCell(
    {
      ...{ base, alice: [file('a1'), file('a2')], bob: [file('b1'), file('b2')] },
      ...{ rows: 24, maxLength: 16, steps: 3, batch: 4, learningRate: 0.01, layers: [1] },
      ...changes,
    },
    rank,
    alone,
  );

beforeAll(() => {
  cpSync(tiny, base, { recursive: true });
  for (const [name, place, letter] of [
    ['a1', 0, 'f'],
    ['a2', 1, 'f'],
    ['b1', 2, 'g'],
    ['b2', 0, 'h'],
  ] as const)
    writeFileSync(file(name), rows(place, letter));
});

describe('lora cells', () => {
  it('are the same for any number of workers, from the store and afresh', async () => {
    const store = temporaryFolder();
    const cells = [make(1), make(2)];
    const two = await runCells(cells, 2, { store, workers: 2 });
    const again = await runCells(cells, 2, { store, workers: 1 });
    expect(two.timing).toMatchObject({ computed: 4, cached: 0, replicaSteps: 2 * 2 * 4 * 3 });
    expect(again.timing).toMatchObject({ computed: 0, cached: 4, replicaSteps: 0 });
    expect(again.cells).toEqual(two.cells);
    const one = await runCells(cells.slice(0, 1), 2, { store: null, workers: 1 });
    expect(one.cells).toEqual(two.cells.slice(0, 1));
    const [{ cell, statistics, blocks, recordHash }] = two.cells;
    expect(cell.resolved).toMatchObject({ train: 24, heldOut: 10, pairing: 'shuffle', device: 'CPU, WASM SIMD' });
    expect(statistics.loras.map(({ replica }) => replica)).toEqual([0, 1]);
    expect(new Set(statistics.loras.flatMap(({ weights }) => weights)).size).toBe(8);
    expect(statistics.loras[0].counts.correct.reduce((sum, count) => sum + count, 0)).toBe(4 * 24);
    expect(statistics.loras[0].counts['held-out']!.reduce((sum, count) => sum + count, 0)).toBe(4 * 10);
    const lines = statistics.loras.map((record) => `${JSON.stringify(record)}\n`);
    expect(blocks).toEqual(lines.map((line) => sha256(line)));
    expect(recordHash).toBe(sha256(lines.join('')));
    expect(readStatus(store)).toMatchObject({
      ...{ blocks: 4, unreadable: [], unfinished: [] },
      cells: [
        { cell: { kind: 'lora', backend: 'lora-wasm' }, replicas: 2 },
        { cell: { kind: 'lora' }, replicas: 2 },
      ],
    });
  });

  it.each([
    ['contexts', false, ['a1b1.json', 'a1b2.checkpoint']],
    ['tasks alone', true, ['a1.json', 'a2.checkpoint']],
  ])('%s go on from the checkpoint of a run that was stopped, and end in the same records', async (_, alone, kept) => {
    const cell = make(3, { steps: 40 }, alone);
    const whole = await runCells([cell], 1, { store: null, workers: 1 });
    const store = temporaryFolder();
    openStore(store);
    const key = blockKey({ cell: whole.cells[0].cell, first: 0, count: 1, ...codeIdentity('lora-wasm') });
    const unfinished = scratchFolder(store, key);
    await openBertBackend('wasm');
    let steps = 0;
    const onStep = () => (++steps === 50 ? 'stop' : 'checkpoint'); // in the second training, of 40 steps each
    const stopped = trainLora(whole.cells[0].cell, 0, { scratch: { folder: unfinished, key }, adapters: null, onStep });
    await expect(stopped).rejects.toThrow(Stopped);
    expect(readStatus(store)).toMatchObject({ blocks: 0, unfinished: [unfinished] });
    expect(readdirSync(unfinished).sort()).toEqual(kept);
    const told = { now: 0, earlier: 0 };
    const progress = {
      begin() {},
      advance({ steps, earlier }: { steps: number; earlier?: boolean }) {
        told[earlier ? 'earlier' : 'now'] += steps;
      },
      end() {},
    };
    const resumed = await runCells([cell], 1, { store, workers: 1, progress });
    expect(resumed.cells).toEqual(whole.cells);
    expect(resumed.timing.replicaSteps).toBe(110); // the first is not trained again, nor the start of the second
    expect(told).toEqual({ now: 110, earlier: 50 });
    expect(readStatus(store)).toMatchObject({ blocks: 1, unfinished: [] });
    expect(existsSync(unfinished)).toBe(false);
  });

  it('tasks alone have a record, a key and a line of status of their own, and verify trains them again', async () => {
    const store = temporaryFolder();
    const cells = [make(2), make(2, {}, true)];
    const { cells: found, timing } = await runCells(cells, 2, { store, workers: 2 });
    expect(timing).toMatchObject({ computed: 4, replicaSteps: 2 * 2 * 4 * 3 });
    expect(found.map(({ statistics }) => [statistics.loras.length, statistics.alone.length])).toEqual([
      [2, 0],
      [0, 2],
    ]);
    const [{ cell: pair }, { cell, statistics, recordHash }] = found;
    expect({ ...pair, alone: true }).toEqual(cell);
    expect('alone' in pair).toBe(false);
    for (const record of statistics.alone) {
      expect(record.rows).toEqual({ correct: 24, 'held-out': 10 });
      expect(Math.max(...record.right.correct)).toBeLessThanOrEqual(24);
    }
    expect(new Set(statistics.alone.flatMap(({ weights }) => weights)).size).toBe(8);
    const one = await runCells([cell], 2, { store: null, workers: 1 });
    expect(one.cells[0].recordHash).toBe(recordHash);
    expect(readStatus(store).cells.map(({ replicas }) => replicas)).toEqual([2, 2]);
    const stored = blockFile(store, blockKey({ cell, first: 1, count: 1, ...codeIdentity('lora-wasm') }));
    expect(await verify(stored, { workers: 1 })).toMatchObject({ equal: true, replicas: 1, notes: [] });
  });

  it('verify trains a stored block again, names what was changed, and wants the same base and rows', async () => {
    const store = temporaryFolder();
    const [cell] = await resolveCells([make(2)]);
    await runCells([cell], 1, { store, workers: 1 });
    const identity = { cell, first: 0, count: 1, ...codeIdentity('lora-wasm') };
    const stored = blockFile(store, blockKey(identity));
    expect(await verify(stored, { workers: 1 })).toMatchObject({ equal: true, replicas: 1, notes: [] });

    const [header, record] = readFileSync(stored, 'utf8').split('\n');
    const altered = record.replace(/"weights":\["./, (start) => start.slice(0, -1) + (start.endsWith('f') ? 'e' : 'f'));
    const body = `${header}\n${altered}\n`;
    const footer = { probesSha256: null, recordsSha256: sha256(`${altered}\n`), sha256: sha256(body) };
    const copies = join(store, 'copies');
    mkdirSync(copies);
    const copy = join(copies, `${blockKey(identity)}.ndjson`);
    writeFileSync(copy, `${body}${JSON.stringify(footer)}\n`);
    const report = await verify(copy, { workers: 1 });
    expect(report).toMatchObject({ equal: false, differences: [{ where: 'replica 0.weights.0' }] });

    const moved = { ...cell, resolved: { ...cell.resolved!, base: '0'.repeat(64) } };
    await expect(runCells([moved], 1, { store: null, workers: 1 })).rejects.toThrow(
      /base: expected sha-256 000000000000, which the cell was trained with, got [0-9a-f]{12}; get the same files/,
    );
    const other = { ...cell, resolved: { ...cell.resolved!, rows: cell.resolved!.rows.toReversed() as never } };
    await expect(runCells([other], 1, { store: null, workers: 1 })).rejects.toThrow(
      /^rows of .*a1\.jsonl: expected sha-256/,
    );
  });

  it('a device or library that differs is a note of verify; a rank that does not fit is one line', async () => {
    const store = temporaryFolder();
    const [cell] = await resolveCells([make(2)]);
    const elsewhere = { ...cell, resolved: { ...cell.resolved!, device: 'CPU, 64 threads' } };
    await runCells([elsewhere], 1, { store, workers: 1 });
    const stored = blockFile(store, blockKey({ cell: elsewhere, first: 0, count: 1, ...codeIdentity('lora-wasm') }));
    expect(await verify(stored, { workers: 1 })).toMatchObject({
      equal: true,
      notes: ['device differs: trained with CPU, 64 threads, computed here with CPU, WASM SIMD'],
    });
    await expect(runCells([make(33)], 1, { store, workers: 1 })).rejects.toThrow(
      '--rank: expected a rank of at most 32, the hidden_size of this model, got 33; lower it',
    );
  });
});
