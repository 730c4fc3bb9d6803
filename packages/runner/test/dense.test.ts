// Dense cells through the runner: blocks of as many replicas as a network's size allows, the same hashes for any number of workers, the store, and verify.
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeDenseCell } from 'ncnet/dense';
import { codeIdentity, sha256 } from 'ncnet/node';
import { blockSize } from 'ncnet/training';
import { describe, expect, it } from 'vitest';
import { blockFile, blockKey, listBlocks, readStatus, runCells, verify } from '../src/index.ts';
import { temporaryFolder } from './helpers.ts';

const cells = [0.8, 0.9].map((gain) => makeDenseCell({ depth: 3, width: 8, gain, steps: 40, samples: 8 }));

describe('dense cells', () => {
  it('share a block where they are small, and have one each where they are large', () => {
    expect(cells.map(blockSize)).toEqual([32, 32]);
    expect(blockSize(makeDenseCell({ depth: 8, width: 100, steps: 40_000 }))).toBe(1);
    expect(blockSize(makeDenseCell({ depth: 8, width: 100, steps: 1500 }))).toBe(4);
    expect(blockSize(makeDenseCell({}))).toBe(1);
  });

  it('are the same for any number of workers, from the store and afresh', async () => {
    const store = temporaryFolder();
    const one = await runCells(cells, 40, { store, workers: 1 });
    const two = await runCells(cells, 40, { store: null, workers: 2 });
    const again = await runCells(cells, 40, { store, workers: 2 });
    expect(one.timing).toMatchObject({ computed: 4, cached: 0 });
    expect(again.timing).toMatchObject({ computed: 0, cached: 4 });
    for (const other of [two, again]) expect(other.cells).toEqual(one.cells);
    for (const { statistics, blocks } of one.cells) {
      expect(statistics.runs.map(({ record }) => record.replica)).toEqual(Array.from({ length: 40 }, (_, k) => k));
      expect(blocks).toHaveLength(2);
    }
    const [first] = one.cells;
    const lines = first.statistics.runs.map(({ record }) => `${JSON.stringify(record)}\n`);
    expect(first.recordHash).toBe(sha256(lines.join('')));
    expect(first.blocks).toEqual([lines.slice(0, 32), lines.slice(32)].map((own) => sha256(own.join(''))));
    expect(readStatus(store)).toMatchObject({ blocks: 4, unreadable: [], cells: [{ replicas: 40 }, { replicas: 40 }] });
  });

  it('verify computes a stored block again and names what was changed', async () => {
    const store = temporaryFolder();
    await runCells(cells.slice(0, 1), 2, { store, workers: 1 });
    const identity = { cell: cells[0], first: 0, count: 2, ...codeIdentity('dense-wasm') };
    const file = blockFile(store, blockKey(identity));
    expect(listBlocks(store)).toContain(file);
    expect(await verify(file, { workers: 1 })).toMatchObject({ equal: true, replicas: 2 });
    const text = readFileSync(file, 'utf8');
    const [header, before, record, ...rest] = text.split('\n');
    const probes = `${rest.slice(0, 2).join('\n')}\n`;
    const altered = record.replace(/"weights":"./, '"weights":"f');
    const changed = altered === record ? record.replace(/"weights":"./, '"weights":"e') : altered;
    const records = `${before}\n${changed}\n`;
    const body = `${header}\n${records}${probes}`;
    const footer = { probesSha256: sha256(probes), recordsSha256: sha256(records), sha256: sha256(body) };
    const copy = join(store, `${blockKey(identity)}.ndjson`);
    writeFileSync(copy, `${body}${JSON.stringify(footer)}\n`);
    const report = await verify(copy, { workers: 1 });
    expect(report.equal).toBe(false);
    expect(report.differences[0].where).toBe('replica 1.weights');
  });

  it('with a header of any length are read by status, and verified under any name', async () => {
    const store = temporaryFolder();
    const rows = (width: number, at: number) =>
      Array.from({ length: 60 }, (_, i) => Array.from({ length: width }, (_, j) => Math.sin(at + i * width + j)));
    const points = { inputs: rows(100, 0), targets: rows(1, 0.5), pairs: [[0, 1] as [number, number]] };
    const cell = makeDenseCell({ depth: 1, width: 2, steps: 2, samples: 2, ...points });
    await runCells([cell], 1, { store, workers: 1 });
    const [file] = listBlocks(store);
    expect(readFileSync(file).indexOf(10)).toBeGreaterThan(100_000);
    expect(readStatus(store)).toMatchObject({ blocks: 1, unreadable: [], cells: [{ replicas: 1 }] });
    const copy = join(store, 'copy.txt');
    copyFileSync(file, copy);
    expect(await verify(copy, { workers: 1 })).toMatchObject({ equal: true, kind: 'records', replicas: 1 });
  });
});
