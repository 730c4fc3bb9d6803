// The kernel page: its numbers come from bench/results/ alone, its sentences follow them, and the built page shows and offers them.
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';

import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  AS_USERS_WRITE,
  BARS,
  growthBars,
  JOB,
  LIMIT,
  peerBars,
  tally,
  workName,
} from '../../sites/report/src/bench/bars.ts';
import { spread, steadyChart, wholeChart } from '../../sites/report/src/bench/charts.ts';
import {
  counted,
  digits,
  listed,
  scientific,
  sentence,
  share,
  withoutFolders,
} from '../../sites/report/src/bench/numbers.ts';
import {
  BENCHES,
  COMMANDS,
  type Growth,
  type Peers,
  readBench,
  WholeJob,
} from '../../sites/report/src/bench/results.ts';
import {
  aheadLines,
  commandSentence,
  estimatesSentence,
  gaps,
  growthHeadline,
  limitSentence,
  loadRemark,
  otherBuildRemark,
  otherLines,
  peersHeadline,
  prototypesSentence,
  quartersSentence,
  roundsSentence,
  usersSentence,
} from '../../sites/report/src/bench/words.ts';
import { inlineSvg } from '../../sites/report/src/render.ts';
import { DIST, expectTip, openSite, reasonToSkip, type Site } from './serve.ts';

const source = (name: string): string => readFileSync(resolve(import.meta.dirname, '../../bench', name), 'utf8');

describe('what the page repeats of the benches', () => {
  test('the bars are theirs', () => {
    expect(source('kernel.mjs')).toContain(`PREDICTION_BAR = ${BARS.measuredOverPredicted};`);
    expect(source('growth.mjs')).toContain(`EFFICIENCY_BAR = ${BARS.twoWorkers};`);
    expect(source('dense.mjs')).toContain(`speedOfC >= ${BARS.speedOfC}`);
    expect(source('dense.mjs')).toContain(`ofPeak >= ${BARS.ofPeak}`);
    expect(source('dense.mjs')).toContain(
      `{ name: '${BARS.denseStep.name}', bar: ${BARS.denseStep.seconds * 1e3}e-3 }`,
    );
  });

  test('what the prose says of the work is theirs', () => {
    expect(source('growth.mjs')).toContain("'--hidden', '3', '--steps', '200'");
    expect(source('accuracy.mjs')).toContain('reach <= 3 ? 5e-7 : 1.5 * direct');
    expect(source('operations.mjs')).toContain('4 * divisions');
  });

  test('the job and the forms of the peers are theirs', () => {
    expect(source('peers/whole.mjs')).toContain(
      `JOB = { hidden: ${JOB.hidden}, replicas: ${JOB.replicas}, steps: ${JOB.steps}, contexts: CONTEXTS }`,
    );
    expect(source('peers/list.mjs')).toContain(`js('${LIMIT}', form, build`);
    for (const [peer, form] of AS_USERS_WRITE) {
      const [name, backend] = peer.split(' ');
      expect(source('peers/list.mjs'), `${peer}, ${form}`).toContain(`'${form}'`);
      expect(source('peers/list.mjs'), peer).toContain(backend === undefined ? `'${name}'` : `tfjs('${backend}'`);
    }
  });

  test('every command names a bench that exists', () => {
    for (const name of BENCHES) expect(COMMANDS[name]).toContain(`node bench/${name}.mjs `);
    for (const name of BENCHES) expect(() => source(`${name}.mjs`)).not.toThrow();
  });
});

describe('a result that is missing or damaged stops the build with one line and the command', () => {
  const folder = mkdtempSync(join(tmpdir(), 'kernel-page-'));
  const read = () => readBench('whole-job', WholeJob, folder);
  afterAll(() => rmSync(folder, { recursive: true }));

  test.each([
    [
      null,
      /^kernel page: bench\/results\/whole-job\.json is missing; write it with: node bench\/whole-job\.mjs --json /,
    ],
    ['{', /is no JSON; write it with: node bench\/whole-job\.mjs/],
    ['{"ratio": "1"}', /does not fit at machine \(.*\); write it with: node bench\/whole-job\.mjs/],
  ])('%s', (text, message) => {
    if (text !== null) writeFileSync(join(folder, 'whole-job.json'), text);
    expect(read).toThrow(message);
    expect(read).not.toThrow(/\n/);
  });
});

describe('numbers', () => {
  test('three digits, powers, counts, lists, no folders', () => {
    expect([0.384, 39.44, 3556.4, 12_000].map(digits)).toEqual(['0.38', '39.4', '3556', '12 000']);
    expect([0.25, 0.998, 1, 1.02, 1.4].map(share)).toEqual(['0.25', '0.998', '1', '1.020', '1.40']);
    expect([1.5297e-7, 5e-7, 1e-14, 1e30, 20, 0].map(scientific)).toEqual([
      ...['1.53\u00a0×\u00a010⁻⁷', '5\u00a0×\u00a010⁻⁷', '10⁻¹⁴', '10³⁰', '20', '0'],
    ]);
    expect([652.9, 39.5e6, 1.2e9].map(counted)).toEqual(['653', '39.5 million', '1.2 billion']);
    expect(listed(['a', 'b', 'c'])).toBe('a, b and c');
    expect(sentence('n = 3 at 10⁻¹⁴')).toBe('n\u00a0=\u00a03 at 10<sup>−14</sup>');
    expect(withoutFolders("open '/home/someone/bench/x.py'")).toBe("open '…'");
    expect(['W n=3', 'd=4 n=16', 'preset, f64 n=3'].map(workName)).toEqual([
      ...['W, n = 3', 'W, d = 4, n = 16', 'preset, f64, n = 3'].map((name) => name.replace(/ = /g, '\u00a0=\u00a0')),
    ]);
  });

  test('labels that fall together are moved apart, others stay', () => {
    const [low, high, far] = spread([100, 101, 1000], 1.3);
    expect(high / low).toBeCloseTo(1.3, 6);
    expect(far).toBeCloseTo(1000, 6);
  });
});

describe('what is said of a bench that ran beside other work or on another build', () => {
  test('a load above the number of cores is named, with what still holds', () => {
    expect(loadRemark('kernel', { load: 2, cores: 2 })).toBe('');
    expect(loadRemark('kernel', { load: 2.04, cores: 2 })).toBe(
      'Measured beside other work, at a load average of 2.0 on 2 cores: ratios of interleaved runs hold, absolute times do not.',
    );
    expect(loadRemark('growth', { load: 11.34, cores: 2 })).toMatch(/11\.3 on 2 cores.* second worker/);
    expect(loadRemark('accuracy', { load: 14.88, cores: 1 })).toMatch(
      /14\.9 on 1 core, on which errors do not depend\.$/,
    );
  });

  test('a second worker is judged on idle cores alone', () => {
    const growth: Growth = {
      ...{ machine: { cpu: 'a CPU', cores: 2, load: 1.5, node: 'v22', date: '2026-01-31' }, kernel: 'k' },
      widths: [{ inputs: 3, hidden: 4, nanoseconds: { median: 1, least: 1 } }],
      law: [{ inputs: 3, a: 1, b: 1, worst: 0.04 }],
      workers: [
        { workers: 1, stepsPerSecond: 1e6, speedup: 1, most: 1 },
        { workers: 2, stepsPerSecond: 2e6, speedup: 1.8, most: 2 },
      ],
      ...{ replicas: [], bytesPerReplica: 258.04 },
    };
    expect(growthBars(growth).map(({ met }) => met)).toEqual([false]);
    expect(growthHeadline(growth)).toMatch(/two workers do 1\.8\d* times the work of one; .* 258 bytes\.$/);
    const busy = { ...growth, machine: { ...growth.machine, load: 2.5 } };
    expect(growthBars(busy)).toEqual([]);
    expect(growthHeadline(busy)).not.toContain('workers');
  });

  test('another build is named by its sha-256', () => {
    expect(otherBuildRemark('a'.repeat(64), 'a'.repeat(64))).toBe('');
    expect(otherBuildRemark('a'.repeat(64), 'b'.repeat(64))).toContain('begins bbbbbbbbbbbb:');
  });
});

type Entry = { ratio: number; startup?: number; estimated?: boolean; threads?: number };
/** Peers with the same ratio everywhere; the kernel takes 40 ns and 2 s. */
function peersOf(others: Record<string, Entry>): Peers {
  const entries = Object.entries({ 'ours, kernel': { ratio: 1, startup: 0.1 } as Entry, ...others }).map(
    ([name, entry]) => {
      const at = name.indexOf(', ');
      return { peer: name.slice(0, at), form: name.slice(at + 2), threads: 1, ...entry };
    },
  );
  const machine = { cpu: 'a CPU', cores: 2, load: 1, node: 'v22.0.0', date: '2026-01-31T00:00:00.000Z' };
  const summary = (median: number) => ({ median, least: median });
  return {
    ...{ machine, rounds: 3, kernel: 'k', agreement: [], skipped: [], failed: [] },
    steady: entries.flatMap(({ peer, form, threads, ratio }) =>
      [3, 16].map((n) => ({ peer, form, threads, n, ratio, replicas: 4096, nanoseconds: summary(40 * ratio) })),
    ),
    whole: entries.map(({ peer, form, threads, ratio, startup = null, estimated }) => ({
      ...{ peer, form, threads, ratio, startup, warm: false, seconds: summary(2 * ratio) },
      estimated: estimated ? { steps: 20, replicas: 4096 } : null,
    })),
    crossover: entries
      .filter(({ peer, startup }) => peer !== 'ours' && startup !== undefined)
      .map(({ peer, form, threads, startup }) => ({
        ...{ peer, form, threads, warm: false, startup: { peer: startup!, ours: 0.1 } },
        replicaSteps: Math.max(0, (startup! - 0.1) * 5e7),
      })),
  };
}

test('the ratios to the prototypes say when they were measured, and that no reader can measure them', () => {
  const machine = { cpu: 'new', cores: 2, load: 0.5, node: 'v22', date: '2026-05-06T00:00' };
  const entry = { ratio: 1, least: 1, bar: 1 };
  const old = { ...entry, measured: { date: '2025-01-02T00:00', cpu: 'old', kernel: 'a'.repeat(64) } };
  const sentence = (...ratios: (typeof entry)[]) => {
    const workloads = ratios.map((product) => ({
      ...{ name: 'W', operations: {}, nanoseconds: {}, predicted: 1 },
      ratios: { product },
    }));
    return prototypesSentence({ machine, kernel: 'b'.repeat(64), skipped: [], workloads });
  };
  expect(sentence()).toBe('');
  expect(sentence(entry)).toMatch(/not in this repository.* measured on 2026-05-06, new\.$/);
  expect(sentence(old, old)).toMatch(/measured on 2025-01-02, old, of an earlier kernel \(sha-256 aaaaaaaa…\)\.$/);
  expect(sentence(entry, old)).toMatch(/2026-05-06.* and on 2025-01-02/);
});

describe('sentences about other programs', () => {
  const user = { 'JAX, vmap + grad + scan': { ratio: 11 } };

  test('nobody ahead', () => {
    const peers = peersOf(user);
    expect(peersHeadline(peers)).toBe(
      'On 1 thread and in the steady state, none of 1 programs at n = 3 and none of 1 at n = 16 are faster than the kernel; over the whole job, from process start to result, none of 1.',
    );
    expect(aheadLines(peers)).toEqual([]);
    expect(otherLines(peers)).toEqual([
      'Whole job on 1 thread: no other program is faster than the kernel; the next is JAX (vmap + grad + scan) at 11.0 of its time.',
    ]);
    expect(usersSentence(peers)).toContain('take 11.0 times the kernel’s time (JAX, vmap + grad + scan).');
    expect(peerBars(peers).map(({ met }) => met)).toEqual([true, true]);
    expect(tally(peerBars(peers))).toBe('all 2 bars met');
  });

  test('some ahead, one of them from a size on', () => {
    const peers = peersOf({
      ...user,
      'C++, 512 bit, FMA': { ratio: 0.25, startup: 0.05 },
      'JAX, arrays, blocks of 64': { ratio: 0.5, startup: 1.1, estimated: true },
      'numba, plain loop': { ratio: 4 },
    });
    expect(peersHeadline(peers)).toMatch(
      /2 of 4 programs at n = 3 and 2 of 4 at n = 16 are faster.* result, 2 of 4\.$/,
    );
    expect(aheadLines(peers)).toEqual([
      'C++ (512 bit, FMA): 0.25 of the kernel’s time at n = 3 and 0.25 at n = 16; it wins the whole job at any size.',
      'JAX (arrays, blocks of 64): 0.50 of the kernel’s time at n = 3 and 0.50 at n = 16; it wins the whole job from 50 million replica-steps.',
    ]);
    expect(estimatesSentence(peers)).toMatch(/^One row is an estimate/);
    expect(peerBars(peers).map(({ met }) => met)).toEqual([false, false, false]);
    expect(tally(peerBars(peers))).toBe('0 of 3 bars met');
  });

  test('native code has a bar of its own, and its compiling is named', () => {
    const peers = peersOf({
      'C++, 512 bit, FMA': { ratio: 0.25, startup: 0.05 },
      'C++, 128 bit, no FMA': { ratio: 1.1 },
      'JAX, vmap + grad + scan': { ratio: 11 },
    });
    const [, whole, limit] = peerBars(peers);
    expect(whole).toMatchObject({ value: '11.0 times the kernel’s time', met: true });
    expect(whole.what).toMatch(/ but the native limit, JAX \(vmap/);
    expect(limit).toMatchObject({ value: '0.25 times the kernel’s time', met: false });
    expect(limit.what).toMatch(/ the native limit, C\+\+ \(512 bit, FMA\)$/);
    expect(limitSentence(peersOf(user))).toBe('');
    expect(limitSentence(peers)).toMatch(
      /was compiled for this machine beforehand; that is not counted, while .* is\.$/,
    );
    peers.whole[1].compileSeconds = 2.5;
    expect(limitSentence(peers)).toMatch(
      /beforehand, in 2\.5\d* s; .* takes at least 3\.0\d* s on 1 thread \(the kernel: 2\.0\d* s\)\.$/,
    );
  });

  test('rounds and quarters are named where there is something to say', () => {
    const peers = peersOf(user);
    expect(roundsSentence(peers)).toBe('');
    peers.whole.forEach((entry, k) => {
      entry.rounds = k === 0 ? 7 : 3;
    });
    expect(roundsSentence(peers)).toBe('Programs that take long ran it in 3 rounds, the others in 7.');
    const point = { seconds: 1, trainingSeconds: 1, workers: 2, nanoseconds: 60, mebibytes: 400 };
    const replicas = [{ ...point, replicas: 1_000_000, quarters: [3.1e7, 3.2e7, 3.3e7, 3.2e7] }];
    const { machine } = peers;
    const growth = { machine, kernel: 'k', widths: [], law: [], workers: [], replicas, bytesPerReplica: null };
    expect(quartersSentence(growth)).toMatch(
      / 1 million replicas the rate of the four quarters is 31\.0, 32\.0, 33\.0 and 32\.0 million/,
    );
    expect(quartersSentence({ ...growth, replicas: [{ ...point, replicas: 100, quarters: null }] })).toBe('');
  });

  test('the command of this project is named beside its kernel', () => {
    expect(commandSentence(peersOf(user))).toBe('');
    const peers = peersOf({ ...user, 'C++, 256 bit': { ratio: 0.5 }, 'C++, 128 bit': { ratio: 1.2 } });
    const [ours] = peers.whole;
    const command = { ...ours, form: 'ncnet train', ratio: 1.35 };
    expect(commandSentence({ ...peers, whole: [...peers.whole, command] })).toMatch(
      /takes 1\.35 times as long on 1 thread, where 2 of 3 programs are faster than it\.$/,
    );
  });

  test('what was skipped or failed is named', () => {
    const failed = [{ peer: 'JAX', form: 'rows', threads: 2, where: 'whole job', reason: 'no memory' }];
    const skipped = [{ name: 'PyTorch, one network', reason: 'no disk' }];
    expect(gaps({ ...peersOf(user), failed, skipped })).toEqual([
      { name: 'PyTorch, one network', reason: 'no disk' },
      { name: 'JAX (rows), whole job, 2 threads', reason: 'no memory' },
    ]);
  });

  test('charts are drawn with all peers slower and with all faster', async () => {
    for (const ratio of [0.2, 30]) {
      const peers = peersOf({ 'numba, plain loop': { ratio }, 'JavaScript, plain, f64': { ratio: ratio * 1.5 } });
      for (const chart of [steadyChart(peers), wholeChart(peers)]) {
        expect(await inlineSvg(chart, 680, 'x')).toContain('numba (plain loop)');
      }
    }
  });
});

const page = join(DIST, 'kernel/index.html');
const reason = reasonToSkip() ?? (existsSync(page) ? null : 'the site is older than the kernel page (npm run build)');
if (reason !== null) console.warn(`test/site/kernel.test.ts, the built page: skipped: ${reason}`);

describe.skipIf(reason !== null)('the built kernel page', { timeout: 120_000 }, () => {
  let site: Site;
  beforeAll(async () => {
    site = await openSite();
  }, 60_000);

  afterAll(() => site?.close());

  const visit = (
    { width, ...rest }: { width: number; javaScriptEnabled?: boolean },
    check: (page: Page) => Promise<void>,
  ): Promise<void> => site.visit('kernel/index.html', { viewport: { width, height: 800 }, ...rest }, check);

  test('every part has a finding, the machine, the command and its data with the right sha-256', () => {
    const html = readFileSync(page, 'utf8');
    for (const name of BENCHES) {
      const bytes = readFileSync(join(DIST, 'kernel', `${name}.json`));
      const { machine } = JSON.parse(bytes.toString('utf8'));
      expect(html).toContain(COMMANDS[name].replaceAll('&', '&amp;'));
      expect(html).toContain(machine.date.slice(0, 10));
      expect(html).toContain(`load average ${machine.load.toFixed(1)}, node`);
      expect(html).toContain(loadRemark(name, machine));
      expect(html).toContain(`href="${name}.json"`);
      expect(html).toContain(createHash('sha256').update(bytes).digest('hex'));
    }
    expect(html.match(/class="finding"/g)).toHaveLength(1 + BENCHES.length);
    expect(html).not.toMatch(/NaN|undefined|Infinity/);
    expect(readFileSync(join(DIST, 'index.html'), 'utf8')).toContain('href="kernel/index.html"');
  });

  test('every row of the peers, the options and the widths is on the page', () => {
    const html = readFileSync(page, 'utf8');
    const read = (name: string) => JSON.parse(readFileSync(join(DIST, 'kernel', `${name}.json`), 'utf8'));
    for (const { nanoseconds } of read('peers').steady) expect(html).toContain(`>${digits(nanoseconds.median)} <`);
    for (const { name } of read('kernel').workloads) expect(html).toContain(`>${workName(name)}<`);
    for (const { a, b } of read('growth').law) expect(html).toContain(`${digits(a)} + ${digits(b)} n`);
  });

  test.each([1280, 375])(
    'at %i px without scripts it shows its charts, and tables scroll in their own boxes',
    async (width) => {
      await visit({ width, javaScriptEnabled: false }, async (tab) => {
        const pictures = tab.locator('figure.chart');
        expect(await pictures.count()).toBe(4);
        for (let index = 0; index < 4; index++) {
          const drawn = pictures.nth(index).locator('.chart-wide svg, img.chart-narrow').filter({ visible: true });
          await drawn.scrollIntoViewIfNeeded();
          const box = await drawn.boundingBox();
          expect(box!.width).toBeGreaterThan(300);
          expect(box!.height).toBeGreaterThan(150);
        }
        const boxes = tab.locator('section > .table-box');
        expect(await boxes.count()).toBeGreaterThan(8);
        for (let index = 0; index < (await boxes.count()); index++) {
          const box = await boxes.nth(index).boundingBox();
          expect(box!.x + box!.width).toBeLessThanOrEqual(width);
        }
      });
    },
  );

  test('its charts come alive with tooltips', async () => {
    await visit({ width: 1280 }, async (tab) => {
      const pictures = tab.locator('[data-spec-url]');
      for (let index = 0; index < (await pictures.count()); index++) {
        await pictures.nth(index).scrollIntoViewIfNeeded();
        await expect.poll(() => pictures.nth(index).getAttribute('data-live'), { timeout: 20_000 }).toBe('yes');
      }
      await expectTip(tab, tab.locator('#chart-peers-steady .chart-live .mark-symbol.role-mark path').first());
    });
  });

  test('it weighs less than 150 kB before the chart bundle', async () => {
    let weight = 0;
    const context = await site.browser.newContext({ viewport: { width: 375, height: 800 } });
    const tab = await context.newPage();
    await tab.addInitScript(() => Reflect.deleteProperty(globalThis, 'IntersectionObserver'));
    tab.on('response', (response) => {
      const file = decodeURIComponent(response.url().slice(site.url.length)).replace(/[?#].*$/, '');
      weight += statSync(join(DIST, file)).size;
    });
    await tab.goto(`${site.url}kernel/index.html`, { waitUntil: 'networkidle' });
    await context.close();
    expect(weight).toBeGreaterThan(10_000);
    expect(weight).toBeLessThan(150_000);
  });
});
