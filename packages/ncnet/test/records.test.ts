// Records: canonical, independent of ranges, and free of anything a host could change.
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Backend } from '../src/backend.ts';
import { canonicalJson } from '../src/canonical-json.ts';
import { createRecordHash } from '../src/hash.ts';
import { codeIdentity, hashSources, TRAINING_SOURCES } from '../src/node.ts';
import { recordLine } from '../src/record.ts';
import { ProbeRecord, ReplicaRecord } from '../src/record-schema.ts';
import { blockStatistics, openJoin } from '../src/statistics.ts';
import { summarizeCells } from '../src/summary.ts';
import { trainReplicas } from '../src/train.ts';
import { asReference, cellOf, openBoth } from './support.ts';

let wasm: Backend;
let reference: Backend;
beforeAll(async () => {
  ({ wasm, reference } = await openBoth());
});

const cells = () => [
  cellOf({ hidden: 3, steps: 60 }),
  cellOf({ hidden: 2, steps: 40, batch: 1, lossSteps: 'all', cosine: true }),
  cellOf({ hidden: 4, steps: 30, restarts: 3, inputs: 4, trainRows: 9, loss: 'mse', activation: 'tanh', coding: '01' }),
  cellOf({ hidden: 3, steps: 20, activation: 'relu', dtype: 'f64', sharing: 'separate' }),
];

describe('records', () => {
  it('name the sources that the built code was built from', () => {
    for (const backend of ['wasm', 'reference'] as const) {
      expect(codeIdentity(backend).sources, 'the build is older than the sources').toBe(hashSources(backend));
    }
  });

  it('are canonical JSON and meet their schema', () => {
    for (const cell of cells()) {
      const { records, probes } = trainReplicas(cell, { first: 3, count: 5 }, wasm);
      for (const record of records) {
        expect(recordLine(record)).toBe(`${canonicalJson(record)}\n`);
        expect(ReplicaRecord.parse(record)).toEqual(record);
      }
      for (const probe of probes ?? []) {
        expect(recordLine(probe)).toBe(`${canonicalJson(probe)}\n`);
        expect(ProbeRecord.parse(probe)).toEqual(probe);
      }
    }
  });

  it('do not depend on how a range is cut, on either backend', () => {
    for (const [backend, cell] of [
      ...cells().map((c) => [wasm, c] as const),
      [reference, asReference(cells()[2])] as const,
    ]) {
      const whole = trainReplicas(cell, { first: 0, count: 23 }, backend);
      const parts = [
        [0, 1],
        [1, 6],
        [7, 16],
      ].map(([first, count]) => trainReplicas(cell, { first, count }, backend));
      expect(parts.flatMap((part) => part.records)).toEqual(whole.records);
      expect(parts.flatMap((part) => part.probes ?? [])).toEqual(whole.probes ?? []);
    }
  });

  it('hash to the same value whether or not losses and cosines are probed', () => {
    const hashOf = (extra: object) => {
      const hash = createRecordHash();
      for (const record of trainReplicas({ ...cells()[0], ...extra }, { first: 0, count: 8 }, wasm).records)
        hash.update(recordLine(record));
      return hash.digest();
    };
    expect(new Set([hashOf({}), hashOf({ lossSteps: 'half' }), hashOf({ lossSteps: 'all', cosine: true })]).size).toBe(
      1,
    );
  });

  it('choose one restart per replica for all four contexts', () => {
    const cell = cellOf({ hidden: 2, steps: 40, restarts: 4 });
    const best = trainReplicas(cell, { first: 0, count: 12 }, wasm).records;
    expect(new Set(best.map((record) => record.restart)).size).toBeGreaterThan(1);
    const total = (losses: (number | null)[]) => losses.reduce<number>((sum, loss) => sum + loss!, 0);
    const single = trainReplicas({ ...cell, restarts: 1 }, { first: 0, count: 12 }, wasm).records;
    for (const [r, record] of best.entries()) expect(total(record.losses)).toBeLessThanOrEqual(total(single[r].losses));
  });

  it('count every training row once per context, and flips against pairs', () => {
    const cell = cells()[2];
    for (const record of trainReplicas(cell, { first: 0, count: 6 }, wasm).records) {
      for (const [rule, rows] of [
        ['correct', 9],
        ['tolerance', 9],
        ['held-out', 7],
        ['success', 1],
      ] as const) {
        for (let c = 0; c < 4; c++)
          expect(record.counts[rule]!.slice(4 * c, 4 * c + 4).reduce((a, b) => a + b)).toBe(rows);
        expect(record.flips[rule]!.filter((_, k) => k % 2 === 1)).toEqual([rows, rows, rows, rows]);
      }
    }
  });

  it('keep divergence out of the numbers: losses that are not finite are null, outcomes wrong', () => {
    const cell = cellOf({ hidden: 3, steps: 80, loss: 'mse', activation: 'relu', optimizer: 'gd', learningRate: 1e6 });
    const { records } = trainReplicas(cell, { first: 0, count: 4 }, wasm);
    expect(records.some((record) => record.losses.includes(null))).toBe(true);
    for (const record of records)
      if (record.losses[0] === null) expect(record.counts.correct.slice(0, 2)).toEqual([0, 0]);
    const statistics = blockStatistics(cell, records, null);
    const [{ S, C, verdict }] = summarizeCells(
      [{ cell, replicas: 4, recordHash: '', probeHash: null, blocks: [], statistics }],
      ['correct'],
    );
    expect([S.mean, ...C].every(Number.isFinite)).toBe(true);
    expect(verdict.rung).toBe(1);
  });

  it('never pass through the host Math library beyond its exact functions', () => {
    for (const name of new Set(Object.values(TRAINING_SOURCES).flat())) {
      const text = readFileSync(new URL(`../src/${name}`, import.meta.url), 'utf8');
      const used = [...text.matchAll(/\bMath\.(\w+)/g)].map((match) => match[1]);
      expect(
        // these round nothing, or by definition
        used.filter((f) => !['fround', 'imul', 'floor', 'max', 'min'].includes(f)),
        name,
      ).toEqual([]);
      expect(text).not.toMatch(/Date\b|performance|random\(/);
    }
  });
});

describe('statistics of a cell on both backends', () => {
  it.each([
    { hidden: 3, steps: 300 },
    { hidden: 2, steps: 300, activation: 'tanh', loss: 'mse', coding: '01' },
    { hidden: 3, steps: 300, optimizer: 'momentum', learningRate: 0.3 },
    { hidden: 4, steps: 300, activation: 'relu', optimizer: 'gd', learningRate: 0.3 },
    { hidden: 3, steps: 300, batch: 1, sharing: 'only-a' },
    { hidden: 2, steps: 300, sharing: 'separate', inputs: 4, trainRows: 11 },
  ] as const)('mean S within four combined standard errors: %o', (options) => {
    const cell = cellOf(options);
    const [fast, meaning] = (
      [
        [wasm, cell],
        [reference, asReference(cell)],
      ] as const
    ).map(([backend, c]) => {
      const { records, probes } = trainReplicas(c, { first: 0, count: 48 }, backend);
      const statistics = blockStatistics(c, records, probes);
      return summarizeCells(
        [{ cell: c, replicas: 48, recordHash: '', probeHash: null, blocks: [], statistics }],
        ['correct'],
      )[0].S;
    });
    expect(Math.abs(fast.mean - meaning.mean)).toBeLessThanOrEqual(
      4 * Math.sqrt((fast.sd ** 2 + meaning.sd ** 2) / 48) + 1e-9,
    );
  });
});

describe('statistics of blocks', () => {
  it.each([0, 1, 2, 3])('joined are those of all replicas at once: cell %i', (index) => {
    const cell = cells()[index];
    const whole = trainReplicas(cell, { first: 0, count: 11 }, wasm);
    const join = openJoin(11);
    for (const [first, end] of [
      [0, 4],
      [4, 8],
      [8, 11],
    ]) {
      expect(() => join.finish()).toThrow(`expected 11 replicas, got ${first}`);
      const probes = whole.probes?.slice(first, end) ?? null;
      join.add(blockStatistics(cell, whole.records.slice(first, end), probes), end - first);
    }
    const joined = join.finish();
    expect(joined).toEqual(blockStatistics(cell, whole.records, whole.probes));
    expect(Object.keys(joined.rules).length).toBeGreaterThan(1);
  });
});
