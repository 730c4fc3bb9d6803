// Means over replicas: intervals and their coverage, Hotelling, Holm, equivalence, flips, and the summary.

import { describe, expect, test, vi } from 'vitest';
import { bootstrapCounts } from '../src/count-bootstrap.ts';
import {
  analyseReplicas,
  bcaInterval,
  bettingGrowth,
  bettingInterval,
  bettingPValue,
  equivalence,
  holm,
  hotelling,
  replicasFromCounts,
  sameSeedFlips,
  studentisedInterval,
  tInterval,
} from '../src/index.ts';
import { summarise } from '../src/influence-bootstrap.ts';
import { studentTail } from '../src/numeric/beta.ts';
import { boxOf, delft, uniforms } from './tables.ts';

vi.setConfig({ testTimeout: 120_000 });

const normals = (seed: number) => {
  const next = uniforms(seed);
  return () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
};
const draw = (n: number, next: () => number) => Float64Array.from({ length: n }, next);
const covers = (interval: [number, number] | null, mean: number) =>
  interval !== null && interval[0] <= mean && mean <= interval[1];
const share = (runs: number, hit: (run: number) => boolean) =>
  Array.from({ length: runs }, (_, run) => hit(run)).filter(Boolean).length / runs;

describe('coverage', () => {
  test('near-deterministic replicas: the betting interval holds its level, the t interval covers 39 %', () => {
    const next = uniforms(3);
    const bounds = { lower: -4, upper: 4 };
    let betting = 0;
    let t = 0;
    let rejections = 0;
    let constant = 0;
    const runs = 10_000;
    for (let run = 0; run < runs; run++) {
      const s = draw(50, () => (next() < 0.01 ? 4 : 2));
      if (covers(bettingInterval(s, bounds), 2.02)) betting += 1;
      if (covers(tInterval(s), 2.02)) t += 1;
      if (s.every((v) => v === 2)) constant += 1;
      if (bettingPValue(s, { ...bounds, mean0: 2.02 }) <= 0.05) rejections += 1;
    }
    expect(betting / runs).toBeGreaterThanOrEqual(0.95);
    expect(rejections / runs).toBeLessThanOrEqual(0.05);
    expect(t / runs).toBeCloseTo(0.39, 1);
    expect(constant / runs).toBeCloseTo(0.99 ** 50, 1);
    console.info(
      `coverage of mean S, nominal .95: betting ${betting / runs}, t ${t / runs}; zero variance in ${constant / runs}`,
    );
  });

  test('the betting interval holds its level for other hard distributions', () => {
    const next = uniforms(4);
    const cases: [string, () => number, number][] = [
      ['rare low values', () => (next() < 0.02 ? -4 : 2.2), 0.02 * -4 + 0.98 * 2.2],
      ['two-point at the bounds', () => (next() < 0.5 ? -4 : 4), 0],
      ['uniform', () => 8 * next() - 4, 0],
    ];
    for (const [name, value, mean] of cases) {
      const rate = share(1500, () => covers(bettingInterval(draw(100, value), { lower: -4, upper: 4 }), mean));
      expect(rate, name).toBeGreaterThanOrEqual(0.95);
    }
  });

  test('t, studentised and BCa intervals cover at their level on ordinary data', () => {
    const next = normals(5);
    const skewed = () => Math.exp(0.5 * next());
    const mean = Math.exp(0.125);
    const intervals: [string, (v: Float64Array, seed: number) => [number, number]][] = [
      ['t', (v) => tInterval(v)],
      ['studentised', (v, seed) => studentisedInterval(v, { seed, resamples: 999 })],
      ['BCa', (v, seed) => bcaInterval(v, { seed, resamples: 999 })],
    ];
    for (const [name, interval] of intervals) {
      const rate = share(600, (run) => covers(interval(draw(40, skewed), run), mean));
      expect(rate, name).toBeGreaterThan(0.92);
      expect(rate, name).toBeLessThan(0.975);
    }
  });

  test('the bootstrap of Delta and s_odd - Delta - 2 covers', () => {
    const next = uniforms(6);
    // Correlations 1, 1, 1, u and marginals of a2 shifting with u: Delta and cbd are linear in the mean of u.
    const rate = (pick: 'deltaCi95' | 'cbdCi95', mean: number, replicas = 60) =>
      share(300, (run) => {
        const u = draw(replicas, next);
        const correlations = Array.from(u).flatMap((v) => [1, 1, 1, v - 1]);
        const marginals = Array.from(u).flatMap((v) => [1, 1, 1, v, 1, 1, 1, 1]);
        return covers(analyseReplicas({ correlations, marginals, flips: null, seed: run, resamples: 499 })[pick], mean);
      });
    expect(rate('deltaCi95', 0.5)).toBeGreaterThan(0.91);
    expect(rate('deltaCi95', 0.5, 12)).toBeGreaterThan(0.88); // the least number that is bootstrapped
    expect(rate('cbdCi95', 3.5 - 0.5 - 2)).toBeGreaterThan(0.91);
  });

  test('the interval of Delta covers where there is no signalling, though the estimate is biased upwards', () => {
    const next = normals(13);
    const rate = share(300, (run) => {
      const noise = Array.from({ length: 8 * 80 }, () => 0.2 * Math.tanh(next()));
      const input = {
        correlations: new Array(4 * 80).fill(0.5),
        marginals: noise,
        flips: null,
        seed: run,
        resamples: 499,
      };
      const a = analyseReplicas(input);
      expect(covers(a.deltaCi95, a.delta)).toBe(true);
      expect(covers(a.cbdCi95, a.cbd)).toBe(true);
      return covers(a.deltaCi95, 0);
    });
    expect(rate).toBeGreaterThan(0.93);
  });
});

describe('betting', () => {
  test('p-value and interval agree: 2 p < alpha exactly when the lower limit is above mean0', () => {
    const next = uniforms(7);
    for (let run = 0; run < 300; run++) {
      const values = draw(30 + run, () => 2 + 0.6 * next() ** 2);
      const bounds = { lower: -4, upper: 4, alpha: 0.01 + 0.2 * next() };
      const mean0 = 2 + 0.1 * next();
      const low = bettingInterval(values, bounds)[0];
      expect(2 * bettingPValue(values, { ...bounds, mean0 }) < bounds.alpha).toBe(low > mean0);
    }
  });

  test('the interval contains the sample mean, whatever the order of the values', () => {
    const next = uniforms(14);
    const bounds = { lower: -4, upper: 4 };
    let rejectedMean = 0;
    for (let run = 0; run < 300; run++) {
      const n = 2 + Math.floor(400 * next());
      const early = Math.floor(n * next());
      const [first, later, noise] = [8 * next() - 4, 8 * next() - 4, next()];
      const values = draw(n, next).map((u, i) => (1 - noise) * (i < early ? first : later) + noise * (8 * u - 4));
      const mean = values.reduce((sum, v) => sum + v) / n;
      const [low, high] = bettingInterval(values, bounds);
      expect(low).toBeLessThanOrEqual(mean + 1e-14);
      expect(high).toBeGreaterThanOrEqual(mean - 1e-14);
      if (Math.min(Math.abs(low - mean), Math.abs(high - mean)) < 1e-14) rejectedMean += 1;
      for (const mean0 of [low - 1e-6, low + 1e-6, mean, 8 * next() - 4])
        expect(2 * bettingPValue(values, { ...bounds, mean0 }) < 0.05, `${mean0} in run ${run}`).toBe(low > mean0);
    }
    expect(rejectedMean).toBeGreaterThan(20); // the case is common among drifting values
  });

  test('growth predicts the number of replicas that are needed', () => {
    const values = draw(400, () => 2.5);
    const growth = bettingGrowth(values, { lower: -4, upper: 4, mean0: 2 });
    expect(growth).toBeCloseTo(Math.log1p(0.0625), 12);
    expect(bettingGrowth([2, 2], { lower: -4, upper: 4, mean0: 2 })).toBe(0);
    const needed = Math.ceil(Math.log(40) / growth);
    expect(bettingPValue(values.slice(0, needed - 1), { lower: -4, upper: 4, mean0: 2 })).toBeGreaterThan(0.025);
  });

  test('means outside the bounds and bad input', () => {
    const bounds = { lower: 0, upper: 1 };
    expect(bettingPValue([0.5], { ...bounds, mean0: 1 })).toBe(1);
    expect(bettingPValue([0.5], { ...bounds, mean0: -0.1 })).toBe(0);
    expect(() => bettingInterval([1.5], bounds)).toThrow(
      'bettingInterval: expected values from 0 to 1, got 1.5 at position 0; give the true bounds',
    );
    expect(() => bettingInterval([], bounds)).toThrow(/^bettingInterval: expected at least one value/);
    expect(() => tInterval([1, Number.NaN])).toThrow(/finite values, got NaN at position 1/);
    expect(() => tInterval([1, 2], 5)).toThrow(/expected alpha between 0 and 1, got 5/);
  });
});

describe('the bootstrap of s_odd - Delta - 2 beyond its resolution', () => {
  const systems: [string, (alpha: number, seed: number) => { limit: number; p: number }][] = [
    [
      'replicas',
      (alpha, seed) => {
        const next = normals(seed);
        const height = 0.03 * (seed % 12) - 0.02;
        const c = Array.from({ length: 40 }, () => [0.6, 0.6, 0.6, -0.2 - height + 0.1 * Math.tanh(next())]).flat();
        const a = analyseReplicas({ correlations: c, marginals: new Array(320).fill(0), flips: null }, { alpha });
        return { limit: a.cbdCi95![0], p: a.pCbd! };
      },
    ],
    [
      'counts',
      (alpha, seed) => {
        const scale = 60 * (1 + (seed % 12));
        const counts = boxOf([0.7, 0.7, 0.7, -0.7]).map((share) => Math.round(scale * share));
        const boot = bootstrapCounts(counts, seed, 499, alpha);
        return { limit: boot.cbdCi[0], p: boot.pCbd };
      },
    ],
  ];
  test.each(systems)('%s: p < alpha exactly when the lower limit is above 0, at every alpha', (_, system) => {
    let finer = 0;
    for (let seed = 1; seed <= 24; seed++) {
      const { p } = system(0.05, seed);
      for (const alpha of [0.05, 0.01, 0.004, 0.001, 1e-4, 5.7e-7, 1e-9, p * 0.99, p * 1.01]) {
        if (!(alpha > 0 && alpha < 1)) continue;
        const own = system(alpha, seed);
        expect(own.p).toBe(p);
        expect(own.p < alpha, `seed ${seed}, alpha ${alpha}, from ${own.limit}`).toBe(own.limit > 0);
        if (own.p < alpha && alpha < 0.001) finer += 1;
      }
    }
    expect(finer).toBeGreaterThan(5); // five sigma can be reached
  });

  test('finer levels only widen the intervals, and the resolution itself ends at the extreme resamples', () => {
    const next = uniforms(15);
    const excesses = draw(1999, next).sort();
    const boot = (alpha: number) => summarise(draw(1999, next), excesses, { delta: 0.5, cbd: 0.5 }, alpha);
    expect(boot(0.05).cbdCi).toEqual([
      Math.min(excesses[48], 1 - excesses[1950]),
      Math.max(excesses[1950], 1 - excesses[48]),
    ]);
    let width = 0;
    for (const alpha of [0.05, 0.0011, 0.001, 1e-6, 1e-9]) {
      const { cbdCi, pCbd } = boot(alpha);
      expect(cbdCi[1] - cbdCi[0]).toBeGreaterThan(width);
      expect(pCbd).toBe(0.001); // uniform resamples: the normal tail would be .08 and is capped
      width = cbdCi[1] - cbdCi[0];
    }
  });
});

describe('hotelling', () => {
  test('one column is the two-sided t test', () => {
    const values = draw(25, normals(8)).map((v) => v + 0.3);
    const mean = values.reduce((a, b) => a + b) / 25;
    const sd = Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / 24);
    const t = (mean / sd) * 5;
    const result = hotelling(values, 1);
    expect(result.t2).toBeCloseTo(t * t, 10);
    expect(result.p).toBeCloseTo(2 * studentTail(Math.abs(t), 24), 12);
  });

  test('invariant under mixing of the columns, and of level alpha', () => {
    const next = normals(9);
    const rows = draw(4 * 30, next);
    const mixed = rows.map((_, i) => {
      const r = i - (i % 4);
      return i % 4 === 0 ? rows[r] + 1e-3 * rows[r + 1] : 5 * rows[i] - rows[r + ((i + 1) % 4)];
    });
    expect(hotelling(mixed).t2).toBeCloseTo(hotelling(rows).t2, 8);
    const rate = share(3000, () => hotelling(draw(4 * 20, next)).p! < 0.05);
    expect(rate).toBeGreaterThan(0.035);
    expect(rate).toBeLessThan(0.065);
  });

  test('degenerate differences', () => {
    const rows = (row: (r: number) => number[], n = 40) => Array.from({ length: n }, (_, r) => row(r)).flat();
    expect(hotelling(rows(() => [0, 0, 0, 0]))).toMatchObject({ p: 1, df1: 0 });
    expect(hotelling(rows(() => [0, 0.25, 0, 0]))).toMatchObject({ p: 0, t2: Number.POSITIVE_INFINITY });
    const oneWay = hotelling(rows((r) => [0, r % 2 ? 0.5 : -0.25, 0, 0]));
    expect(oneWay).toMatchObject({ df1: 1, df2: 39 });
    expect(oneWay.p).toBeLessThan(0.1);
    // a1 and a2 move together: one null direction that is zero.
    expect(hotelling(rows((r) => [Math.sin(r), Math.sin(r), Math.cos(r), 0]))).toMatchObject({ df1: 2 });
    for (const row of [
      [0, 0.25, 0, 0],
      [0, 0, 0, 0],
    ])
      expect(hotelling(rows(() => row, 4))).toMatchObject({ p: null, df2: 0 }); // nothing was tested
    expect(hotelling(rows(() => [0, 0, 0, 0], 5)).p).toBe(1);
    expect(() => hotelling([1, 2, 3])).toThrow(/multiple of 4 numbers, got 3/);
  });
});

test('holm', () => {
  expect(holm([0.04])).toEqual([0.04]);
  expect(holm([0.01, 0.04, 0.03, 0.005])).toEqual([0.03, 0.06, 0.06, 0.02]);
  expect(holm([])).toEqual([]);
  expect(() => holm([0.1, Number.NaN])).toThrow(/^holm: expected p-values from 0 to 1, got NaN at position 1/);
});

test('equivalence at a margin', () => {
  const next = normals(10);
  const a = draw(400, next);
  const b = draw(300, next);
  const same = equivalence(a, b, { margin: 0.3 });
  expect(same.equivalent).toBe(true);
  expect(same.interval[0]).toBeGreaterThan(-0.3);
  expect(equivalence(a, b, { margin: 0.05 }).equivalent).toBe(false);
  const rate = share(
    1500,
    () =>
      equivalence(
        draw(50, next),
        draw(40, next).map((v) => v + 0.5),
        { margin: 0.5 },
      ).equivalent,
  );
  expect(rate).toBeGreaterThan(0.03);
  expect(rate).toBeLessThan(0.07);
  expect(equivalence([2, 2], [2, 2], { margin: 0.1 })).toMatchObject({ p: 0, equivalent: true });
  expect(equivalence([2, 2], [3, 3], { margin: 0.1 })).toMatchObject({ p: 1, equivalent: false });
});

test('same-seed flips', () => {
  const fixed = [1, 1, 1, -1, 1, 1, 1, -1];
  expect(sameSeedFlips([...fixed, ...fixed])).toEqual({ a1: 0, a2: 0, b1: 0, b2: 0, mean: 0 });
  // Context 22 alone flips Bob: b2 changes between 12 and 22 in one of two rows.
  expect(sameSeedFlips([...fixed, 1, 1, 1, -1, 1, 1, 1, 1])).toEqual({ a1: 0, a2: 0, b1: 0, b2: 0.5, mean: 0.125 });
  expect(() => sameSeedFlips([1, 1, 1])).toThrow(/expected N x 8 outcomes, got 3/);
  expect(() => sameSeedFlips([0, 1, 1, 1, 1, 1, 1, 1])).toThrow(/got 0 at position 0/);
});

describe('analyseReplicas', () => {
  const rows = (n: number, c: (r: number) => number[], m: (r: number) => number[]) => ({
    correlations: Float64Array.from(Array.from({ length: n }, (_, r) => c(r)).flat()),
    marginals: Float64Array.from(Array.from({ length: n }, (_, r) => m(r)).flat()),
    flips: null,
  });

  test('numbers of a small case', () => {
    const a = analyseReplicas(
      rows(
        12,
        (r) => [1, 1, 1, (r % 4) / 4],
        (r) => [1, 1, 1, (r % 4) / 4, 1, 1, 1, 1],
      ),
    );
    expect(a).toMatchObject({
      replicas: 12,
      absS: 2.625,
      C: [1, 1, 1, 0.375],
      delta: 0.625,
      sOdd: 2.625,
      cbd: 0,
      cnt2: 0,
    });
    expect(a.S.mean).toBe(2.625);
    expect(a.S.sd).toBeCloseTo(Math.sqrt(15 / 11) / 4, 14);
    expect(a.signs).toEqual([2.625, 1.375, 1.375, 1.375, -2.625, -1.375, -1.375, -1.375]);
    expect(a.marginals).toEqual({ a1b1: 1, a1b2: 1, a2b1: 1, a2b2: 0.375, b1a1: 1, b1a2: 1, b2a1: 1, b2a2: 1 });
    // s_odd - Delta = 2 is an identity where three contexts are fully learned: no resample may round it above.
    expect(a.cbdCi95).toEqual([0, 0]);
    expect(a.pCbd).toBe(1);
  });

  test('one replica, and replicas that all agree', () => {
    const one = analyseReplicas(
      rows(
        1,
        () => [1, 1, 1, 0.5],
        () => [1, 1, 1, 0.5, 1, 1, 1, 1],
      ),
    );
    expect(one.S).toMatchObject({ mean: 2.5, sd: 0, ci95: [-4, 4], ci95Bounded: [-4, 4] });
    expect([one.noSignallingP, one.pS]).toEqual([null, 1]);
    expect(one).toMatchObject({ deltaCi95: null, cbdCi95: null, pCbd: null });
    const many = analyseReplicas(
      rows(
        4096,
        () => [1, 1, 1, 1],
        () => [1, 1, 1, 1, 1, 1, 1, 1],
      ),
    );
    expect(many.S.ci95).toEqual([2, 2]);
    expect(many.S.ci95Bounded[0]).toBeGreaterThan(1.98);
    expect(many).toMatchObject({ pS: 1, noSignallingP: 1, trialsNeeded: null, deltaCi95: [0, 0] });
  });

  test('what few replicas cannot tell is null: Hotelling below 5, the bootstrap below 12', () => {
    const next = uniforms(16);
    const few = (n: number) =>
      analyseReplicas(
        rows(
          n,
          () => [1, 1, 1, next()],
          () => Array.from({ length: 8 }, next),
        ),
      );
    expect(few(4)).toMatchObject({ noSignallingP: null, deltaCi95: null, cbdCi95: null, pCbd: null });
    expect(few(5)).toMatchObject({ noSignallingP: expect.any(Number), deltaCi95: null, cbdCi95: null, pCbd: null });
    expect(few(11)).toMatchObject({ deltaCi95: null, cbdCi95: null, pCbd: null });
    expect(few(12)).toMatchObject({ cbdCi95: [expect.any(Number), expect.any(Number)], pCbd: expect.any(Number) });
    expect(few(12).deltaCi95).not.toBeNull();
  });

  test('repeatable, and depends on the seed, for any number of replicas', () => {
    const next = uniforms(12);
    for (const n of [511, 512, 513, 700, 16384]) {
      const input = rows(
        n,
        () => [1, next(), next(), next()],
        () => Array.from({ length: 8 }, next),
      );
      const first = analyseReplicas(input);
      expect(analyseReplicas(input)).toEqual(first);
      expect(analyseReplicas({ ...input, seed: 2 }).deltaCi95).not.toEqual(first.deltaCi95);
      expect(first.deltaCi95![0]).toBeLessThan(first.delta);
      expect(first.deltaCi95![1]).toBeGreaterThan(first.delta);
    }
  });

  test('takes counts per replica', () => {
    const input = replicasFromCounts([...delft, ...delft]);
    const a = analyseReplicas({ ...input, flips: null });
    expect(a.S.mean).toBeCloseTo(2.4224998705, 9);
    expect(a.delta).toBeCloseTo(0.35788253, 8);
    expect(() => replicasFromCounts([...delft, ...delft.map(() => 0)])).toThrow(/replica 1.*none in setting 11/);
  });

  test('bad input', () => {
    const good = rows(
      2,
      () => [1, 1, 1, 1],
      () => [1, 1, 1, 1, 1, 1, 1, 1],
    );
    expect(() => analyseReplicas({ ...good, marginals: [1] })).toThrow(
      /R x 4 correlations and R x 8 marginals, got 8 and 1/,
    );
    expect(() => analyseReplicas({ ...good, correlations: good.correlations.map(() => 2) })).toThrow(
      /from -1 to 1, got 2/,
    );
    expect(() => analyseReplicas({ ...good, resamples: 3 })).toThrow(/at least 99 whole resamples, got 3/);
  });
});
