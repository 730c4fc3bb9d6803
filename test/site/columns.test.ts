// What the theory reports say of their cells: rows told apart by the first column, columns that say what they mean, data by name.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { scientific, sentence } from '../../sites/report/src/bench/numbers.ts';
import { dataWords, isDense, plainColumns, plainRows } from '../../sites/report/src/cells.ts';
import { columnMeanings } from '../../sites/report/src/columns.ts';
import { builtPages, DIST, openSite, reasonToSkip, type Site } from './serve.ts';

const experiments = resolve(import.meta.dirname, '../../experiments');
const results = readdirSync(experiments)
  .map((name) => ({ name, file: join(experiments, name, 'result.json') }))
  .filter(({ file }) => existsSync(file))
  .map(({ name, file }) => ({ name, result: JSON.parse(readFileSync(file, 'utf8')) }))
  .filter(({ result }) => isDense(result));

test('the settings that tell rows apart are one column, the first; others stay columns of their own', () => {
  const row = { S: 3, gain: 0.05, recordHash: 'a', replicas: 9, width: 2, C: [1, 1, 1, 0] };
  const wide = { ...row, width: 3 };
  const other = { ...row, gain: 4 };
  expect(plainRows([row, wide])).toEqual([
    { kind: '', width: 2, gain: 0.05, S: 3, replicas: 9 },
    { kind: '', width: 3, gain: 0.05, S: 3, replicas: 9 },
  ]);
  expect(Object.keys(plainRows([row, wide])[0])).toEqual(['kind', 'width', 'gain', 'S', 'replicas']);
  expect(plainRows([row, wide, other]).map(Object.entries)[2]).toEqual(
    Object.entries({ kind: '', row: 'width\u00a02, gain\u00a04', S: 3, replicas: 9 }),
  );
});

test('rows of different questions are tables of their own, each with its own first column', () => {
  const rows = plainRows([
    { gain: 1, dA: 0, rateRatio: 1 },
    { gain: 1, dA: 1, rateRatio: 2 },
    { what: 'every_step', learningRate: 0.01, rest: 0.2 },
    { what: 'every_step', learningRate: 0.02, rest: 0.1 },
  ]);
  expect(rows.map(({ kind }) => kind)).toEqual(['', '', 'every step', 'every step']);
  expect(Object.keys(rows[1])).toEqual(['kind', 'gain', 'dA', 'rateRatio']);
  expect(Object.keys(rows[3])).toEqual(['kind', 'learningRate', 'rest']);
});

test('data that a cell names are named', () => {
  const batches = { batch: 64, watch: [1, 3] };
  expect(dataWords({ source: 'mnist', images: 60_000, ...batches })).toMatch(
    /^the first 60\s000 training images of MNIST .*; batches of 64; 2 rows watched$/,
  );
  expect(dataWords({ source: 'blobs', side: 30, pixels: 5, ...batches })).toMatch(
    /^30 × 30 Gaussian blobs on 5 × 5 pixels, .*; batches of 64; 2 rows watched$/,
  );
});

describe.each(results)('$name', ({ result }) => {
  const { rows } = result;

  test('no two rows of a table have the same first column', () => {
    const firsts = plainRows(rows).map(({ kind, ...row }) => `${kind}: ${Object.values(row)[0]}`);
    expect(new Set(firsts).size).toBe(rows.length);
  });

  test('every column has a meaning', () => {
    const shown = new Set<string>(plainColumns(rows).flatMap(Object.keys));
    shown.delete('what'); // becomes the title of the table
    expect(columnMeanings(rows).map(([name]) => name)).toEqual(expect.arrayContaining([...shown]));
  });
});

const page = builtPages().find((path) => /^reports\/theory-conflict\/v\d+\/index\.html$/.test(path));
const reason = reasonToSkip() ?? (page === undefined ? 'the site has no report theory-conflict' : null);
if (reason !== null) console.warn(`test/site/columns.test.ts, the built page: skipped: ${reason}`);

describe.skipIf(reason !== null)('the built page', { timeout: 60_000 }, () => {
  let site: Site;
  beforeAll(async () => {
    site = await openSite();
  }, 60_000);
  afterAll(() => site?.close());

  test('no number that is not 0 is shown as 0', () => {
    const { rows } = results.find(({ name }) => name === 'theory-initial-scale')!.result;
    const [least] = rows.map(({ hStart }: { hStart: number }) => hStart).sort((a: number, b: number) => a - b);
    const html = readFileSync(join(DIST, page!.replace('theory-conflict', 'theory-initial-scale')), 'utf8');
    expect(least).toBeLessThan(0.0005);
    expect(html).toContain(`<td>${sentence(scientific(least))}</td>`);
  });

  test.each([1280, 390])('at %i px the first column stays in view while the others scroll', async (width) => {
    await site.visit(page!, { viewport: { width, height: 800 }, javaScriptEnabled: false }, async (tab) => {
      const box = tab.locator('#cells .table-box').first();
      const left = async (name: string) => (await box.locator(name).first().boundingBox())!.x;
      const [name, value] = [await left('tbody th'), await left('tbody td')];
      await box.evaluate((element) => element.scrollTo(200, 0));
      expect(await left('tbody td')).toBe(value - 200);
      expect(await left('tbody th')).toBe(name);
    });
  });
});
