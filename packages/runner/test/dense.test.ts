// Dense cells through the runner: blocks of one replica, the same hashes for any number of workers, the store, and verify.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeDenseCell } from 'ncnet/dense';
import { codeIdentity, sha256 } from 'ncnet/node';
import { describe, expect, it } from 'vitest';
import { blockFile, blockKey, listBlocks, readStatus, runCells, verify } from '../src/index.ts';
import { temporaryFolder } from './helpers.ts';

const cells = [0.8, 0.9].map((gain) => makeDenseCell({ depth: 3, width: 8, gain, steps: 40, samples: 8 }));

describe('dense cells', () => {
  it('are the same for any number of workers, from the store and afresh', async () => {
    const store = temporaryFolder();
    const one = await runCells(cells, 9, { store, workers: 1 });
    const two = await runCells(cells, 9, { store: null, workers: 2 });
    const again = await runCells(cells, 9, { store, workers: 2 });
    expect(one.timing).toMatchObject({ computed: 18, cached: 0 });
    expect(again.timing).toMatchObject({ computed: 0, cached: 18 });
    for (const other of [two, again]) expect(other.cells).toEqual(one.cells);
    for (const { statistics, blocks } of one.cells) {
      expect(statistics.runs.map(({ record }) => record.replica)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
      expect(blocks).toHaveLength(9);
    }
    const [first] = one.cells;
    const lines = first.statistics.runs.map(({ record }) => `${JSON.stringify(record)}\n`);
    expect(first.recordHash).toBe(sha256(lines.join('')));
    expect(first.blocks).toEqual(lines.map((line) => sha256(line)));
    expect(readStatus(store)).toMatchObject({ blocks: 18, unreadable: [], cells: [{ replicas: 9 }, { replicas: 9 }] });
  });

  it('verify computes a stored block again and names what was changed', async () => {
    const store = temporaryFolder();
    await runCells(cells.slice(0, 1), 2, { store, workers: 1 });
    const identity = { cell: cells[0], first: 1, count: 1, ...codeIdentity('dense-wasm') };
    const file = blockFile(store, blockKey(identity));
    expect(listBlocks(store)).toContain(file);
    expect(await verify(file, { workers: 1 })).toMatchObject({ equal: true, replicas: 1 });
    const text = readFileSync(file, 'utf8');
    const [header, record, probe] = text.split('\n');
    const altered = record.replace(/"weights":"./, '"weights":"f');
    const changed = altered === record ? record.replace(/"weights":"./, '"weights":"e') : altered;
    const body = `${[header, changed, probe].join('\n')}\n`;
    const footer = { probesSha256: sha256(`${probe}\n`), recordsSha256: sha256(`${changed}\n`), sha256: sha256(body) };
    const copy = join(store, `${blockKey(identity)}.ndjson`);
    writeFileSync(copy, `${body}${JSON.stringify(footer)}\n`);
    const report = await verify(copy, { workers: 1 });
    expect(report.equal).toBe(false);
    expect(report.differences[0].where).toBe('replica 1.weights');
  });
});
