// The store: whole blocks or none, never a wrong one, never overwritten.
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { canonicalJson, trainReplicas } from 'ncnet';
import { openBackend, sha256 } from 'ncnet/node';
import { expect, test } from 'vitest';
import { blockKey, decodeBlock, encodeBlock } from '../src/block-file.ts';
import { readIdentity } from '../src/block-schema.ts';
import { InputError, RunnerError } from '../src/errors.ts';
import { runCells } from '../src/run-cells.ts';
import { readStatus } from '../src/status.ts';
import { blockFile, checkStore, cleanTemporary, listBlocks, putRecords, replaceFile } from '../src/store.ts';
import { verify } from '../src/verify.ts';
import { readTree, temporaryFolder, tinyCell } from './helpers.ts';

const cells = [tinyCell(1), tinyCell(2)];
const referenceBackend = await openBackend('reference');
const hashes = { kernel: '', sources: '0'.repeat(64) };

test('a run leaves whole blocks and nothing unfinished; the next run reads them', async () => {
  const store = temporaryFolder();
  const first = await runCells(cells, 300, { store, workers: 1 });
  expect(first.timing).toMatchObject({ computed: 4, cached: 0, replicaSteps: 2 * 300 * 4 * 2 });
  expect(listBlocks(store)).toHaveLength(4);
  expect(readdirSync(join(store, 'tmp'))).toEqual([]);
  const again = await runCells(cells, 300, { store, workers: 1 });
  expect(again.timing).toMatchObject({ computed: 0, cached: 4, seconds: 0, replicaSteps: 0 });
  expect(again.cells).toEqual(first.cells);
});

test('1, 2 and 3 workers leave the same bytes, as does a run without a store', async () => {
  const stores = [temporaryFolder(), temporaryFolder(), temporaryFolder()];
  const reports = await Promise.all(stores.map((store, index) => runCells(cells, 600, { store, workers: index + 1 })));
  const trees = stores.map((store) => readTree(store));
  expect(trees[1]).toEqual(trees[0]);
  expect(trees[2]).toEqual(trees[0]);
  const fresh = await runCells(cells, 600, { store: null, workers: 2 });
  for (const report of [...reports, fresh]) expect(report.cells).toEqual(reports[0].cells);
});

test('the record hash of a cell is the hash of its record lines in replica order, whatever the block size', async () => {
  const store = temporaryFolder();
  const [cell] = (await runCells([tinyCell(1)], 300, { store, workers: 2 })).cells;
  const { createRecordHash } = await import('ncnet');
  const hash = createRecordHash();
  const lines = listBlocks(store).flatMap((file) => readFileSync(file, 'utf8').trimEnd().split('\n').slice(1, -1));
  const sorted = lines.sort((a, b) => JSON.parse(a).replica - JSON.parse(b).replica);
  hash.update(`${sorted.join('\n')}\n`);
  expect(cell.recordHash).toBe(hash.digest());
});

test('probes are kept beside the records and hashed apart', async () => {
  const plain = (await runCells([tinyCell(1)], 40, { store: null, workers: 1 })).cells[0];
  const store = temporaryFolder();
  for (const pass of ['computed', 'cached']) {
    const probed = (await runCells([tinyCell(1, { lossSteps: 'all', cosine: true })], 40, { store, workers: 1 }))
      .cells[0];
    expect(probed.recordHash, pass).toBe(plain.recordHash);
    expect(probed.probeHash, pass).toMatch(/^[0-9a-f]{64}$/);
    expect(probed.statistics.probes.cosine, pass).toHaveLength(160);
  }
  expect(plain.probeHash).toBeNull();
});

test('a damaged block is refused in one line and left as it is; without it, only this block is recomputed', async () => {
  const store = temporaryFolder();
  await runCells(cells, 300, { store, workers: 1 });
  const whole = readTree(store);
  const [file, other] = listBlocks(store);
  truncateSync(file, statSync(file).size - 100);
  const damaged = readTree(store);
  const failure = await runCells(cells, 300, { store, workers: 1 }).catch((error) => error);
  expect(failure).toBeInstanceOf(RunnerError);
  expect(failure.exitCode).toBe(1);
  expect(failure.message).toContain(file);
  expect(failure.message).toContain('delete this file');
  expect(failure.message).not.toContain('\n');
  expect(readTree(store)).toEqual(damaged);
  writeFileSync(file, readFileSync(other));
  await expect(runCells(cells, 300, { store, workers: 1 })).rejects.toThrow('the header of another block');
  unlinkSync(file);
  expect((await runCells(cells, 300, { store, workers: 1 })).timing.computed).toBe(1);
  expect(readTree(store)).toEqual(whole);
});

test('status calls a cut block damaged, but never one that it cannot read', async () => {
  const store = temporaryFolder();
  await runCells([tinyCell(1)], 300, { store, workers: 1 });
  const [file, other] = listBlocks(store);
  truncateSync(file, 100);
  expect(readStatus(store)).toMatchObject({ unreadable: [file], cells: [{ replicas: expect.any(Number) }] });
  unlinkSync(other);
  mkdirSync(other);
  expect(() => readStatus(store)).toThrow(new RegExp(`^store: ${other}: EISDIR`));
});

const identity = { cell: tinyCell(1), first: 0, count: 3, kernel: '', sources: '0'.repeat(64) };
const encoded = encodeBlock(identity, trainReplicas(identity.cell, identity, referenceBackend));

test('a whole block is read back', () => {
  expect(decodeBlock(encoded.bytes, 'file', identity)).toEqual(encoded);
});

test('every cut and every changed bit of a block is noticed', () => {
  const { bytes } = encoded;
  for (let length = 0; length < bytes.length; length++) {
    expect(() => decodeBlock(bytes.slice(0, length), 'file', identity)).toThrow(/^store: expected a whole block/);
  }
  for (let at = 0; at < bytes.length; at++) {
    const changed = bytes.slice();
    changed[at] ^= 1 << (at % 8);
    expect(() => decodeBlock(changed, 'file', identity)).toThrow(/^store: expected a whole block/);
  }
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (noise) => {
      expect(() => decodeBlock(new Uint8Array(noise), 'file', identity)).toThrow(/^store: expected a whole block/);
      expect(() => readIdentity(noise, 'file')).toThrow(/^store: expected a whole block/);
    }),
    { seed: 1, numRuns: 500 },
  );
});

test('a block of another version is kept: status lists it apart from damaged ones, verify says whose it is', async () => {
  const store = temporaryFolder();
  await runCells([tinyCell(1)], 300, { store, workers: 1 });
  const [file, other] = listBlocks(store);
  const { key: _, ...header } = JSON.parse(readFileSync(file, 'utf8').split('\n')[0]);
  const put = (value: { key: string }): string => {
    const place = blockFile(store, value.key);
    mkdirSync(dirname(place), { recursive: true });
    writeFileSync(place, `${canonicalJson(value)}\n`);
    return place;
  };
  const keyed = (value: object) => ({ ...value, key: sha256(canonicalJson(value)) });
  const later = put(keyed({ ...header, schema: 'ncnet-block/2' }));
  const unknown = put(keyed({ ...header, cell: { ...header.cell, momentum: 0.9 } }));
  const altered = put({ ...header, cell: { ...header.cell, momentum: 0.9 }, key: 'ab'.repeat(32) });
  const status = readStatus(store);
  expect(status).toMatchObject({ blocks: 5, unreadable: [altered], cells: [{ blocks: 2 }] });
  expect(status.otherVersions.sort()).toEqual([later, unknown].sort());
  expect(listBlocks(store)).toEqual(expect.arrayContaining([file, other]));
  for (const place of [later, unknown]) await expect(verify(place)).rejects.toThrow(/another: .*ndjson; keep it/);
  await expect(verify(altered)).rejects.toThrow('not a block header');
});

test('a header with a misspelt or missing key is no header', () => {
  const text = Buffer.from(encoded.bytes).toString();
  for (const change of [(t: string) => t.replace('"hidden"', '"hiden"'), (t: string) => t.replace('"first":0,', '')]) {
    expect(() => readIdentity(Buffer.from(change(text)), 'file')).toThrow('not a block header');
  }
  expect(readIdentity(encoded.bytes, 'file')).toEqual(identity);
});

test('putting equal bytes twice, even at once, keeps the first file', async () => {
  const store = temporaryFolder();
  mkdirSync(join(store, 'tmp'));
  const key = 'ab'.repeat(32);
  const bytes = Buffer.from('the same\n');
  await Promise.all([1, 2, 3, 4].map(() => putRecords(store, key, bytes)));
  const { ino } = statSync(blockFile(store, key));
  await putRecords(store, key, bytes);
  expect(statSync(blockFile(store, key)).ino).toBe(ino);
  expect(readdirSync(join(store, 'tmp'))).toEqual([]);
});

test('different bytes for one key fail loudly and both are kept', async () => {
  const store = temporaryFolder();
  mkdirSync(join(store, 'tmp'));
  const key = 'cd'.repeat(32);
  await putRecords(store, key, Buffer.from('first\n'));
  const failure = await putRecords(store, key, Buffer.from('second\n')).catch((error) => error);
  expect(failure.message).toContain('both kept');
  expect(readFileSync(blockFile(store, key), 'utf8')).toBe('first\n');
  expect(readFileSync(`${blockFile(store, key)}.conflict-${process.pid}`, 'utf8')).toBe('second\n');
});

test('unfinished files of dead processes are removed, those of live ones stay', async () => {
  const store = temporaryFolder();
  await runCells([tinyCell(1)], 1, { store, workers: 1 });
  const { createHash } = await import('node:crypto');
  const { hostname } = await import('node:os');
  const host = createHash('sha256').update(hostname()).digest('hex').slice(0, 8);
  const [dead, live, foreign] = [`${host}-4194999-0`, `${host}-${process.ppid}-0`, `ffffffff-4194999-0`];
  for (const name of [dead, live, foreign]) writeFileSync(join(store, 'tmp', name), 'part');
  expect(cleanTemporary(store)).toBe(1);
  expect(readdirSync(join(store, 'tmp')).sort()).toEqual([live, foreign].sort());

  const results = temporaryFolder(); // where a result was being replaced when the process was killed
  for (const name of [dead, live, foreign]) writeFileSync(join(results, `.${name}.tmp`), 'part');
  writeFileSync(join(results, dead), 'a file of somebody else');
  await replaceFile(join(results, 'tiny.json'), '{}\n');
  expect(readdirSync(results).sort()).toEqual([`.${live}.tmp`, `.${foreign}.tmp`, dead, 'tiny.json'].sort());
});

test('a store that cannot be written is one clear error', async () => {
  const file = join(temporaryFolder(), 'file');
  writeFileSync(file, '');
  const failure = await runCells([tinyCell(1)], 1, { store: join(file, 'store'), workers: 1 }).catch((error) => error);
  expect(failure).toBeInstanceOf(InputError);
  expect(failure.message).toBe(`store: expected a folder, got a file: ${file}; choose another folder with --store`);
  symlinkSync(join(file, 'nowhere'), `${file}-link`);
  expect(() => checkStore(`${file}-link`)).toThrow(/got a link to nothing: .*file-link; /);
  expect(() => checkStore(join(temporaryFolder(), 'new/and/deep'))).not.toThrow();
});

test('every input of a block moves its key; the time of a file does not matter', async () => {
  const base = { cell: tinyCell(1), first: 0, count: 256, ...hashes };
  const keys = [
    base,
    { ...base, cell: tinyCell(2) },
    { ...base, cell: tinyCell(1, { seed: 2 }) },
    { ...base, cell: tinyCell(1, { learningRate: 0.051 }) },
    { ...base, first: 256 },
    { ...base, count: 255 },
    { ...base, kernel: '1'.repeat(64) },
    { ...base, sources: '1'.repeat(64) },
  ].map(blockKey);
  expect(new Set(keys).size).toBe(keys.length);
  const reordered = Object.fromEntries(Object.entries(base.cell).reverse()) as typeof base.cell;
  expect(blockKey({ ...base, cell: reordered })).toBe(keys[0]);

  const store = temporaryFolder();
  await runCells([tinyCell(1)], 10, { store, workers: 1 });
  utimesSync(listBlocks(store)[0], 1, 1);
  expect((await runCells([tinyCell(1)], 10, { store, workers: 1 })).timing.cached).toBe(1);
});

test('an aborted run keeps its blocks and says how to resume', async () => {
  const store = temporaryFolder();
  const controller = new AbortController();
  let blocks = 0;
  const progress = { begin() {}, advance: () => void (++blocks === 2 && controller.abort()), end() {} };
  const failure = await runCells(cells, 2000, { store, workers: 1, signal: controller.signal, progress }).catch(
    (e) => e,
  );
  expect(failure.exitCode).toBe(130);
  expect(failure.message).toContain('to resume');
  const kept = listBlocks(store).length;
  expect(kept).toBeGreaterThanOrEqual(2);
  expect(kept).toBeLessThan(16);
  expect((await runCells(cells, 2000, { store, workers: 2 })).timing).toMatchObject({
    computed: 16 - kept,
    cached: kept,
  });
});

test('a failure inside a worker ends the run with its message', async () => {
  const cell = { ...tinyCell(1), alice: null } as never;
  const failure = await runCells([cell], 600, { store: null, workers: 2 }).catch((error) => error);
  expect(failure).toBeInstanceOf(RunnerError);
  expect(failure.message).toMatch(/^worker: block \d+ of hidden 1: /);
});

test('encoded blocks end with a footer that covers every byte before it', () => {
  const block = encodeBlock({ cell: tinyCell(1), first: 0, count: 0, ...hashes }, { records: [], probes: null });
  const lines = Buffer.from(block.bytes).toString().trimEnd().split('\n');
  expect(lines).toHaveLength(2);
  expect(Object.keys(JSON.parse(lines[1]))).toEqual(['probesSha256', 'recordsSha256', 'sha256']);
});
