// ncnet theory: curves and fits against a Runge-Kutta integration of the flow of dh and D_y, which is written here.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ncnet, output, start, temporaryFolder } from './helpers.ts';

const folder = temporaryFolder();

interface Setting {
  etaH: number;
  etaY: number;
  dx2: number;
  dyStar: number[]; // of one or more output dimensions
  h0: number;
  dy0: number[];
  etaYbar?: number;
  e0?: number;
}

/** dh moves along itself: a = |dh| signed, v = D_y along it; classical Runge-Kutta with `steps` steps between times. */
function integrated(s: Setting, times: number[], steps: number) {
  const m = s.dyStar.length;
  const flow = (y: number[]): number[] => {
    const d = s.dyStar.map((target, i) => y[0] * y[1 + i] - target);
    const slope = d.reduce((sum, value, i) => sum + value * y[1 + i], 0);
    return [
      (-s.etaH * s.dx2 * slope) / 2,
      ...d.map((value) => (-s.etaY * y[0] * value) / 2),
      -(s.etaYbar ?? 0) * y[m + 1],
    ];
  };
  const moved = (y: number[], k: number[], h: number): number[] => y.map((value, i) => value + h * k[i]);
  let y = [Math.sqrt(s.h0), ...s.dy0.map((value) => value / Math.sqrt(s.h0)), s.e0 ?? 0];
  let t = 0;
  return times.map((time) => {
    const h = (time - t) / steps;
    for (let n = 0; n < steps && h > 0; n++) {
      const k1 = flow(y);
      const k2 = flow(moved(y, k1, h / 2));
      const k3 = flow(moved(y, k2, h / 2));
      const k4 = flow(moved(y, k3, h));
      y = y.map((value, i) => value + (h / 6) * (k1[i] + 2 * k2[i] + 2 * k3[i] + k4[i]));
    }
    t = time;
    const dy = s.dyStar.map((_, i) => y[0] * y[1 + i]);
    const d = dy.map((value, i) => value - s.dyStar[i]);
    const dot = (a: number[], b: number[]): number => a.reduce((sum, value, i) => sum + value * b[i], 0);
    // y_i - y_i* = e -+ d / 2 for the two points; half the mean square.
    const loss = (y[m + 1] ** 2 + dot(d, d) / 4) / 2;
    return { t: time, H: y[0] ** 2, Y: dot(dy, dy), w: dot(dy, d), loss };
  });
}

const words = (s: Setting): string[] =>
  [
    ['--eta-h', s.etaH],
    ['--eta-y', s.etaY],
    ['--dx2', s.dx2],
    ['--dy-star', s.dyStar[0]],
    ['--h0', s.h0],
    ['--dy0', s.dy0[0]],
    ...(s.e0 === undefined
      ? []
      : [
          ['--eta-ybar', s.etaYbar],
          ['--e0', s.e0],
        ]),
  ]
    .map(String)
    .join()
    .split(',');

const json = async (args: string[]) => JSON.parse(await output(['theory', ...args, '--json'], folder));

const base: Setting = { etaH: 0.31, etaY: 2.7, dx2: 1, dyStar: [0.7], h0: 0.0021, dy0: [0.013] };
const settings: [name: string, setting: Setting, times: number[]][] = [
  ['a small start with a mean output', { ...base, etaYbar: 0.05, e0: 0.4 }, [0, 1, 10, 100]],
  ['A_high > 0, dy(0) < 0', { ...base, h0: 0.01, dy0: [-0.02] }, [0, 1, 3, 30]],
  ['a bounce: A_high < 0, dy(0) < 0', { ...base, dx2: 1.3, h0: 0.01, dy0: [-0.4] }, [0.1, 0.3, 1, 5, 50]],
  ['A_high = 0', { ...base, etaH: 1, etaY: 4, dyStar: [0.75], h0: 2 ** -8, dy0: [2 ** -7] }, [0, 1, 2, 5, 20]],
  [
    'a saddle: A_high = 0, dy(0) < 0',
    { ...base, etaH: 1, etaY: 4, dyStar: [0.75], h0: 2 ** -8, dy0: [-(2 ** -7)] },
    [1, 4],
  ],
  ['a very lazy start', { ...base, h0: 1e8, dy0: [-0.1], etaYbar: 1e8, e0: -0.2 }, [1e-9, 5e-9, 1e-8]],
  ['a dominant decoder', { ...base, h0: 1e-3, dy0: [0.6] }, [0.01, 0.1, 1]],
  ['same targets that merge', { ...base, dyStar: [0], h0: 0.01, dy0: [-0.2] }, [0, 1, 10]],
  ['same targets that stay', { ...base, dyStar: [0], h0: 0.2, dy0: [0.2] }, [0, 1, 50]],
];

describe('curves', () => {
  test.each(settings)('of %s are those of Runge and Kutta', async (_, setting, times) => {
    const got = await json([...words(setting), '--t', times.join()]);
    const truth = integrated(setting, times, 4000);
    expect(got.rows.map((row: object) => Object.keys(row))).toEqual(times.map(() => ['t', 'H', 'Y', 'w', 'loss']));
    for (const key of ['t', 'H', 'Y', 'w', 'loss'] as const) {
      const size = Math.max(...truth.map((row) => Math.abs(row[key])));
      truth.forEach((row, i) => {
        expect(Math.abs(got.rows[i][key] - row[key]) / size, `${key} at ${row.t}`).toBeLessThan(1e-8);
      });
    }
    const { h0, dy0, dx2, etaH, etaY, dyStar } = setting;
    expect(got.aHigh).toBeCloseTo(h0 - (((etaH / etaY) * dx2) / h0) * dy0[0] ** 2, 12);
    expect(got.aLow).toBeCloseTo(Math.sqrt((etaH / etaY) * dx2) * dyStar[0], 12);
    if (got.aHigh !== 0 || dy0[0] > 0)
      expect(got.hInf / (got.aHigh / 2 + Math.hypot(got.aHigh / 2, got.aLow) || 1)).toBeCloseTo(
        got.hInf === 0 ? 0 : 1,
        9,
      );
    else expect(got.hInf).toBe(0);
  });

  test('for A_high = 0 are logistic', async () => {
    const { rows, aLow, aHigh, halfTime } = await json([...words(settings[3][1]), '--t', '0:12:0.5']);
    const r = Math.sqrt(1 * 4) * 0.75;
    expect([aHigh, aLow, rows.length]).toEqual([0, 0.375, 25]);
    for (const { t, H } of rows) expect(H).toBeCloseTo(aLow / (1 + (aLow * 2 ** 8 - 1) * Math.exp(-r * t)), 12);
    expect(halfTime).toBeCloseTo(Math.log(aLow * 2 ** 8 - 1) / r, 10);
  });

  test('of a bounce touch dh = 0 at the zero time', async () => {
    const setting = settings[2][1];
    const { zeroTime } = await json([...words(setting), '--t', '1']);
    const [{ H, Y }] = integrated(setting, [zeroTime], 4000);
    expect(Math.max(H, Y)).toBeLessThan(1e-12);
  });

  test('have times as lists, ranges, and by themselves', async () => {
    const times = async (...flags: string[]): Promise<number[]> =>
      (await json([...words(base), ...flags])).rows.map(({ t }: { t: number }) => t);
    expect(await times('--t', '0:1:0.1')).toEqual([0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1]);
    expect(await times('--t', 'log:0.1:1000:5')).toEqual([0.1, 1, 10, 100, 1000]);
    expect(await times('--t', '5')).toEqual([5]);
    const chosen = await times();
    expect(chosen).toEqual([0, 2, 4, 6, 8, 10, 12, 14, 16]);
    const [{ Y }] = integrated(base, [16], 4000);
    expect(Math.sqrt(Y) / base.dyStar[0]).toBeGreaterThan(0.99);
    const slowMean = await times('--eta-ybar', '0.0001', '--e0', '1');
    expect([slowMean.length < 40, slowMean[0], slowMean.at(-1)]).toEqual([true, 0, 20_000]);
  });

  test('as a report fit 80 columns without colour, with the last row of the table', async () => {
    const text = await output(['theory', ...words(settings[0][1]), '--t', '0,1,10,100'], folder);
    const [{ H }] = integrated(settings[0][1], [100], 20_000);
    expect(text).toMatch(new RegExp(`^100 +${Number(H.toPrecision(5))} `, 'm'));
    for (const title of ['H = |dh|^2', 'Y = |dy|^2', 'w = dy . (dy - dy*)', 'loss'])
      expect(text).toContain(`  ${title}`);
    expect(text).toMatch(/[⠁-⣿]{3}/);
    expect(text).toContain('t (log)');
    expect(text).not.toContain('\x1b');
    for (const line of text.split('\n').filter((row) => /[│┤└]/.test(row))) expect(line.length).toBeLessThanOrEqual(80);
  });
});

/** Standard normal draws, mulberry32 with Box and Muller. */
function gaussian(seed: number): () => number {
  let state = seed;
  const uniform = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (((mixed ^ (mixed >>> 14)) >>> 0) + 0.5) / 2 ** 32;
  };
  return () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
}

type Rows = ReturnType<typeof integrated>;
const csv = (rows: Rows, columns: (keyof Rows[number])[]): string =>
  `${columns.join()}\n${rows.map((row) => columns.map((column) => row[column]).join()).join('\n')}\n`;
const file = (name: string, content: string): string => {
  writeFileSync(join(folder, name), content);
  return name;
};
const times = Array.from({ length: 41 }, (_, i) => i / 2);
const truth: Setting = { ...base, dx2: 1.3, etaYbar: 0.4, e0: 0.6 };
const exact = integrated(truth, times, 100);

describe('a fit', () => {
  test('to exact curves gives the rates back, from any order of columns and from a pipe', async () => {
    const name = file('exact.csv', csv(exact, ['t', 'H', 'Y', 'w', 'loss']));
    const fit = await json(['--fit', name, '--dx2', '1.3', '--dy-star', '0.7']);
    expect(Object.keys(fit)).toEqual(
      expect.arrayContaining(['etaH', 'etaY', 'etaYbar', 'r2', 'points', 'aHigh', 'aLow', 'hInf', 'rows']),
    );
    for (const key of ['etaH', 'etaY', 'etaYbar'] as const) {
      expect(fit[key].value / truth[key]!).toBeCloseTo(1, 6);
      expect(fit[key].ci95).toHaveLength(2);
    }
    for (const key of ['H', 'Y', 'w', 'loss']) expect(fit.r2[key]).toBeCloseTo(1, 9);
    expect([fit.points, fit.converged, fit.model, fit.warnings]).toEqual([41, true, 'parallel', []]);
    expect(fit.e0).toBeCloseTo(0.6, 9);
    expect(fit.hInf).toBeCloseTo(integrated(truth, [60], 20_000)[0].H, 7);
    fit.rows.forEach((row: Rows[number], i: number) => {
      for (const key of ['t', 'H', 'Y', 'w', 'loss'] as const) expect(row[key]).toBeCloseTo(exact[i][key], 7);
    });

    const turned = csv(exact, ['w', 't', 'loss', 'Y', 'H']).replaceAll('\n', '\r\n').replaceAll(',', ' , ');
    const { child, finished } = start(['theory', '--fit', '-', '--dx2', '1.3', '--json'], folder);
    child.stdin!.end(`\ufeff${turned}\r\n`);
    const again = JSON.parse((await finished).stdout);
    expect(again.dyStar).toBeCloseTo(0.7, 9); // read from Y and w
    expect(again.etaY.value / truth.etaY).toBeCloseTo(1, 6);
  });

  test('to a bounce and to merging points', async () => {
    const bounce = { ...base, dy0: [-0.013] };
    const merge = { ...base, dyStar: [0], h0: 0.01, dy0: [0.2] };
    for (const [name, setting] of Object.entries({ bounce, merge })) {
      const rows = integrated(setting, times, 200).map((row) => ({ ...row, t: row.t + 500 }));
      const fit = await json(['--fit', file(`${name}.csv`, csv(rows, ['t', 'H', 'Y', 'w']))]);
      expect(fit.etaH.value / 0.31).toBeCloseTo(1, 5);
      expect(fit.etaY.value / 2.7).toBeCloseTo(1, 5);
      expect('etaYbar' in fit).toBe(false);
      expect(Object.keys(fit.r2)).toEqual(['H', 'Y', 'w']);
    }
  });

  test('to noisy curves has intervals that hold the truth, and R^2 as defined', async () => {
    const normal = gaussian(7);
    const noisy = exact.map((row) => ({
      t: row.t,
      ...{ H: row.H + 0.005 * normal(), Y: row.Y + 0.005 * normal() },
      ...{ w: row.w + 0.005 * normal(), loss: row.loss + 0.002 * normal() },
    }));
    const name = file('noisy.csv', csv(noisy, ['t', 'H', 'Y', 'w', 'loss']));
    const startFlags = ['--h0', '0.0021', '--dy0', '0.013', '--e0', '0.6'];
    const fit = await json(['--fit', name, '--dx2', '1.3', '--dy-star', '0.7', ...startFlags]);
    for (const key of ['etaH', 'etaY', 'etaYbar'] as const) {
      const [low, high] = fit[key].ci95;
      expect(low).toBeLessThan(truth[key]!);
      expect(high).toBeGreaterThan(truth[key]!);
      expect(high / low).toBeLessThan(1.2);
      expect(high / low).toBeGreaterThan(1.001);
    }
    for (const key of ['H', 'Y', 'w', 'loss'] as const) {
      const mean = noisy.reduce((sum, row) => sum + row[key], 0) / 41;
      const total = noisy.reduce((sum, row) => sum + (row[key] - mean) ** 2, 0);
      const left = noisy.reduce((sum, row, i) => sum + (row[key] - fit.rows[i][key]) ** 2, 0);
      expect(fit.r2[key]).toBeCloseTo(1 - left / total, 10);
    }
  });

  test('to outputs of two dimensions uses the full equations and says so', async () => {
    const setting = { ...base, dyStar: [0.7, 0], h0: 0.01, dy0: [0.05, 0.1] };
    const name = file('two.csv', csv(integrated(setting, times, 100), ['t', 'H', 'Y', 'w']));
    const fit = await json(['--fit', name, '--dy-star', '0.7']);
    expect(fit.model).toBe('vector');
    expect(fit.warnings.join()).toMatch(/^dy is not parallel to dy\* in the first row \(cosine 0\.447\)/);
    expect(fit.etaH.value / 0.31).toBeCloseTo(1, 4);
    expect(fit.etaY.value / 2.7).toBeCloseTo(1, 4);
  });

  test('as a report draws the measured points beside the curve, in 80 columns', async () => {
    const wrong = exact.map((row) => ({ ...row, H: row.H * (1 + row.t / 20) }));
    const text = await output(['theory', '--fit', file('wrong.csv', csv(wrong, ['t', 'H', 'Y', 'w', 'loss']))], folder);
    expect(text).toMatch(/^eta_h +\S+ +\[\S+, \S+\]$/m);
    expect(text).toMatch(/^eta_ybar +\S+ +\[\S+, \S+\]$/m);
    expect(text).toMatch(/^R\^2: H \S+, Y \S+, w \S+, loss \S+$/m);
    expect(text).toMatch(/[⠁-⣿].*o|o.*[⠁-⣿]/);
    expect(text).toContain('o measured, ● measured on the fitted curve');
    for (const line of text.split('\n').filter((row) => /[│┤└]/.test(row))) expect(line.length).toBeLessThanOrEqual(80);
  });
});

test('--help shows the flags and examples', async () => {
  const { code, stdout, stderr } = await ncnet(['theory', '--help'], folder);
  expect([code, stderr]).toEqual([0, '']);
  for (const word of ['--eta-h <x>', '--dy-star <x>', '--t <times>', '--fit <file>', 'Examples:', 'ncnet theory --fit'])
    expect(stdout).toContain(word);
  expect(await output(['--help'], folder)).toMatch(/^ {2}theory \[options\]/m);
});
