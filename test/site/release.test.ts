// Making a release and its prose: lookups, relative addresses, and a freeze that never changes what is published.
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LoraExperimentModule } from 'ncnet/lora';
import type { Result } from 'runner/result';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { aloneOf, cellOf, records, type Shares } from '../../packages/ncnet/test/lora/support.ts';
import { freeze } from '../../sites/report/freeze.ts';
import { relativeAddress, rewritePage } from '../../sites/report/relative-links.mjs';
import { cellLabels } from '../../sites/report/src/cells.ts';
import { fixed, probability, typeset } from '../../sites/report/src/format.ts';
import { resolveLookups } from '../../sites/report/src/lookup.ts';
import { readReleases } from '../../sites/report/src/reports.ts';
import { smallChart } from '../../sites/report/src/small-chart.ts';

const kernel = Buffer.from('kernel');
const hash = 'a'.repeat(64);
const row = (hidden: number, mean: number) => ({
  ...{ hidden, outcome: 'correct', S: { mean, ci95Bounded: [mean - 0.01, mean + 0.01] }, C: [1, 1, 1, 3 - mean] },
  ...{ sOdd: mean, delta: 0.5, flips: { mean: 0.07 }, verdict: { rung: 3, words: 'explained by direct influence' } },
});
const result = {
  schema: 'ncnet-result/1',
  experiment: { name: 'toy' },
  variant: 'full',
  replicas: 512,
  cells: [{ cell: { hidden: 3 }, replicas: 512, recordHash: hash, probeHash: null, blocks: [hash, hash] }],
  rows: [row(2, 1.5), row(3, 2.5)],
  claims: [{ id: 'C3', claim: 'S may exceed 2.', verdict: 'supported', because: 'it does' }],
  charts: [],
  provenance: {
    kernel: createHash('sha256').update(kernel).digest('hex'),
    ...{ sources: hash, experimentSource: hash, node: 'v22', packages: {} },
  },
} as Result;

describe('lookups in prose', () => {
  const text = (prose: string) => resolveLookups(prose, result, 'prose.md', 'text');

  test.each([
    ['{{row hidden=3 outcome=correct S.mean}}', '2.500'],
    ['{{row hidden=3 S.mean | .1}}', '2.5'],
    ['{{row hidden=3 S.ci95Bounded}}', '[2.490, 2.510]'],
    ['{{row hidden=3 C22}}', '0.500'],
    ['{{row hidden=3 C11}}', '1.000'],
    ['{{row hidden=3 sOdd-delta}}', '2.000'],
    ['{{row hidden=3 flips.mean | %}}', '7.0 %'],
    ['{{row hidden=3 verdict.rung}}: {{row hidden=3 verdict.words}}', '3: explained by direct influence'],
    ['{{max outcome=correct S.mean}} at {{argmax hidden outcome=correct S.mean}}', '2.500 at 3'],
    ['{{claim C3}}', 'supported'],
    ['{{result replicas}}', '512'],
  ])('%s is %s', (prose, expected) => expect(text(prose)).toBe(expected));

  test('markup carries the full value and its origin', () => {
    expect(resolveLookups('{{row hidden=3 S.mean}}', result, '', 'html')).toBe(
      '<data value="2.5" title="row hidden=3 S.mean">2.500</data>',
    );
  });

  test.each([
    ['{{row hidden=9 S.mean}}', /expected exactly one row, got 0/],
    ['{{row outcome=correct S.mean}}', /expected exactly one row, got 2/],
    ['{{row hidden=3 S.median}}', /nothing found/],
    ['{{claim C9}}', /nothing found/],
    ['{{number 3}}', /expected row, max/],
    ['{{row hidden=3 S.mean | loud}}', /expected a format/],
  ])('%s stops the build', (prose, message) => expect(() => text(prose)).toThrow(message));
});

describe('numbers', () => {
  test('true minus, no negative zero, grouped thousands, bounded p', () => {
    expect(fixed(-1.25, 2)).toBe('−1.25');
    expect(fixed(-0.0001)).toBe('0.000');
    expect(fixed(16384, 0)).toBe('16 384');
    expect(probability(0.04)).toBe('0.040');
    expect(probability(3e-5)).toBe('< 10⁻⁴');
    expect(probability(0)).toBe('< 10⁻⁹');
    expect(typeset('S <= 2, s_odd = -1 & [-2, 3]')).toBe(
      'S\u00a0≤\u00a02, s<sub>odd</sub>\u00a0=\u00a0−1 &amp; [−2, 3]',
    );
  });
});

describe('relative addresses', () => {
  test.each([
    ['/', '/reports/a/v1', '../../../index.html'],
    ['/', '/', 'index.html'],
    ['/method/#ladder', '/', 'method/index.html#ladder'],
    ['/assets/x.css', '/reports/a/v1', '../../../assets/x.css'],
    ['/reports/a/v1/', '/reports/a', 'v1/index.html'],
  ])('%s from %s is %s', (address, folder, expected) => expect(relativeAddress(address, folder)).toBe(expected));

  test('a page keeps what is relative, outside or an anchor', () => {
    const page = '<a href="#x"></a> <a href="result.json"></a> <meta content="0;url=/b/"/> <img src="/c.svg"/>';
    expect(rewritePage(page, '/a')).toBe(
      '<a href="#x"></a> <a href="result.json"></a> <meta content="0;url=../b/index.html"/> <img src="../c.svg"/>',
    );
  });
});

describe('freeze', () => {
  let folder: string;
  let options: Parameters<typeof freeze>[0];

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'freeze-'));
    mkdirSync(join(folder, 'drafts'));
    writeFileSync(join(folder, 'result.json'), JSON.stringify(result));
    writeFileSync(join(folder, 'kernel.wasm'), kernel);
    writeFileSync(
      join(folder, 'drafts/toy.md'),
      '---\ntitle: Toy\nfinding: S is {{row hidden=3 S.mean}}\norder: 1\n---\nText.\n',
    );
    options = {
      ...{ resultFile: join(folder, 'result.json'), slug: 'toy', date: '2026-01-31', version: undefined },
      ...{
        kernelFile: join(folder, 'kernel.wasm'),
        releases: join(folder, 'releases'),
        drafts: join(folder, 'drafts'),
      },
    };
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  test('writes a version, is silent about the same result, and makes the next for another', () => {
    expect(freeze(options)).toMatchObject({ existed: false, folder: join(folder, 'releases/toy/v1') });
    expect(readFileSync(join(folder, 'releases/toy/v1/prose.md'), 'utf8')).toBe('Text.\n');
    expect(freeze(options)).toMatchObject({ existed: true, folder: join(folder, 'releases/toy/v1') });
    writeFileSync(options.resultFile, JSON.stringify({ ...result, replicas: 513 }));
    expect(() => freeze({ ...options, version: 1 })).toThrow(/a release never changes/);
    expect(freeze(options)).toMatchObject({ existed: false, folder: join(folder, 'releases/toy/v2') });
  });

  test('refuses a kernel that did not train the result, and a lookup that finds nothing', () => {
    writeFileSync(options.kernelFile!, 'another kernel');
    expect(() => freeze(options)).toThrow(/expected kernel/);
    writeFileSync(options.kernelFile!, kernel);
    writeFileSync(
      join(folder, 'drafts/toy.md'),
      '---\ntitle: Toy\nfinding: S\norder: 1\n---\n{{row hidden=7 S.mean}}\n',
    );
    expect(() => freeze(options)).toThrow(/expected exactly one row/);
  });

  test.each(['lora-rank-mixed', 'lora-rank-homogeneous', 'lora-rank-multilingual', 'lora-rank-two-layers'])(
    '%s: its text finds the numbers that it names, and it has no kernel',
    async (name) => {
      const { experiment, summarize }: LoraExperimentModule = await import(`../../experiments/${name}/experiment.ts`);
      const shares: Shares = [0.9, 0.8, 0.8, 0.7].map((share) => [share, share]);
      const { cell, ranks } = experiment.full;
      const largest = Math.max(...ranks);
      const alone =
        experiment.success === undefined ? [] : [aloneOf(cell, largest, Array(3).fill([0.9, 0.8, 0.9, 0.8]))];
      const cells = [...ranks.map((rank) => cellOf(cell, rank, records(rank, 3, shares, shares))), ...alone];
      const lora = {
        ...{ schema: 'ncnet-result/1', experiment, variant: 'full', replicas: 3, ...summarize(cells, experiment) },
        cells: cells.map(({ statistics: _, ...cell }) => cell),
        provenance: { ...result.provenance, kernel: '' },
      };
      writeFileSync(options.resultFile, JSON.stringify(lora));
      const made = freeze({ ...options, slug: name, kernelFile: undefined, drafts: undefined });
      expect(JSON.parse(readFileSync(join(made.folder, 'release.json'), 'utf8')).kernel).toBeNull();
      expect(readdirSync(made.folder).sort()).toEqual(['prose.md', 'release.json', 'result.json']);
      process.env.NCNET_RELEASES = join(folder, 'releases');
      try {
        const [report] = readReleases(); // every lookup and every chart of the text is found
        expect(report).toMatchObject({ slug: name, kernelBytes: null });
        const shown = report.prose.flatMap((part) => ('chart' in part ? [part.chart] : []));
        expect(shown.sort()).toEqual(report.result.charts.map((chart) => chart.name).sort());
        expect(cellLabels(report.result)).toEqual([
          ...ranks.map((rank) => `r = ${rank}`),
          ...alone.map(() => `r = ${largest}, each task alone`),
        ]);
        expect(smallChart(report.result)!.alt).toMatch(/^S against rank, outcome rule correct: r=1 /);
      } finally {
        delete process.env.NCNET_RELEASES;
      }
    },
  );
});
