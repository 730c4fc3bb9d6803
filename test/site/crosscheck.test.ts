// The cross-check's page: its sentences follow the result, a missing or damaged one stops the build, the built page shows every row.
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { strayingChart } from '../../sites/report/src/crosscheck/chart.ts';
import { COMMAND, type Crosscheck, readCrosscheck } from '../../sites/report/src/crosscheck/results.ts';
import { headline, limits, noiseRows, opRows, rungs } from '../../sites/report/src/crosscheck/words.ts';
import { DIST } from './serve.ts';

const committed = readCrosscheck(resolve(import.meta.dirname, '../../bench/results'));
const [first] = committed.result.backends;
const with_ = (change: Partial<Crosscheck>): Crosscheck => ({ ...committed.result, ...change });

describe('sentences', () => {
  test('all kept, one missed, one without an answer', () => {
    const [a, b] = [first, { ...first, backend: 'other' }];
    expect(headline(with_({ backends: [a, b], failed: [], passed: true }))).toBe(
      'All 2 backends that took part agree with float64 within every tolerance.',
    );
    const missed = { ...b, passed: { ...b.passed, step: false } };
    const failed = [{ name: 'third', reason: 'exit SIGABRT' }];
    expect(headline(with_({ backends: [a, missed], failed, passed: false }))).toBe(
      '2 backends of 3 missed a tolerance or gave no answer: third and other.',
    );
  });

  test('what did not take part is said, and whether a GPU did', () => {
    const absent = [{ name: 'webgpu', reason: 'no adapter', enable: 'install' }];
    expect(limits(with_({ backends: [first], absent }))).toBe(
      'No GPU took part: every device below is a CPU, so this page says nothing about a GPU. Not on this machine, and not judged: webgpu (no adapter).',
    );
    const gpu = { ...first, backend: 'tensorflow-gpu', device: 'GPU, NVIDIA X, CUDA' };
    expect(limits(with_({ backends: [first, gpu], absent: [] }))).toBe(
      'On a GPU: tensorflow-gpu (GPU, NVIDIA X, CUDA).',
    );
  });

  test('a number beyond its tolerance is marked on its own row', () => {
    const { differences } = first;
    const bad = { ...first, differences: { ...differences, forward: { ...differences.forward, largest: 1 } } };
    const rows = rungs(committed.result).map(({ rung, cell }) => [rung, cell(bad).met]);
    expect(rows.filter(([, met]) => !met)).toEqual([['forward pass', false]]);
  });

  test('a backend’s distance from itself is the diagonal', () => {
    const again = {
      ...first,
      differences: { ...first.differences, steps: { ...first.differences.steps, again: 0.5 } },
    };
    const [row] = noiseRows(with_({ backends: [again, ...committed.result.backends.slice(1)] }));
    expect(row.slice(0, 2)).toEqual([first.backend, '0.5']);
    expect(row).toHaveLength(1 + committed.result.backends.length);
  });

  test('the chart holds every step, as millionths that a table of three decimals shows', () => {
    const { data, title } = strayingChart(committed.result);
    const { steps } = committed.result.model;
    expect(data).toHaveLength(committed.result.backends.length * steps);
    expect(data[0]).toEqual({ backend: first.backend, step: 1, millionths: 1e6 * first.differences.step });
    expect(title).toContain('within what is allowed');
    const far = { ...first, differences: { ...first.differences, steps: { ...first.differences.steps, curve: [1] } } };
    expect(strayingChart(with_({ backends: [far] })).title).toContain('more than is allowed');
  });
});

describe('a result that is missing or damaged stops the build with one line and the command', () => {
  const folder = mkdtempSync(join(tmpdir(), 'crosscheck-page-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  test.each([
    [null, /is missing; write it with: npx ncnet crosscheck --save$/],
    ['{', /is no JSON; write it with: /],
    ['{"passed": 1}', /does not fit at machine \(.*\); write it with: /],
  ])('%s', (text, message) => {
    if (text !== null) writeFileSync(join(folder, 'crosscheck.json'), text);
    expect(() => readCrosscheck(folder)).toThrow(message);
  });
});

const page = join(DIST, 'crosscheck/index.html');
if (!existsSync(page)) console.warn('test/site/crosscheck.test.ts, the built page: skipped: npm run build');

test.skipIf(!existsSync(page))(
  'the built page shows every backend, op and what was absent, and offers the data',
  () => {
    const html = readFileSync(page, 'utf8');
    const bytes = readFileSync(join(DIST, 'crosscheck/crosscheck.json'));
    const result: Crosscheck = JSON.parse(bytes.toString('utf8'));
    expect(html).toContain(createHash('sha256').update(bytes).digest('hex'));
    expect(html).toContain(COMMAND);
    for (const { backend, device } of result.backends) {
      expect(html).toContain(`<dt>${backend}</dt>`);
      expect(html).toContain(device);
    }
    for (const { name, reason } of result.absent) expect(html).toContain(`${name} (${reason})`);
    const cells = opRows(result).flatMap((row) => row.slice(1));
    expect(cells).toHaveLength(result.backends.length * result.backends[0].differences.ops.length);
    for (const cell of cells) expect(html).toContain(typeof cell === 'string' ? cell : cell.text);
    expect(html.match(/class="met"/g)).toHaveLength(7 * result.backends.length);
    expect(html).not.toMatch(/NaN|undefined|Infinity/);
  },
);
