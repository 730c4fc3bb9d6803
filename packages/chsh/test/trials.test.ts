// Ordered trials: coding, streaming in pieces of any size, anytime p-values, flat memory, and the rate.

import { describe, expect, test, vi } from 'vitest';
import { WINNING_CELL } from '../src/game.ts';
import {
  analyseCounts,
  analyseTrialStream,
  analyseTrials,
  EProcess,
  PredictionBasedRatios,
  predictionRatios,
  TrialAnalysis,
  trialCode,
} from '../src/index.ts';
import { boxOf, uniforms, words } from './tables.ts';

vi.setConfig({ testTimeout: 120_000 });

/** Trials of a box p(ab | xy) at fair settings. */
function trialsOf(box: number[], n: number, seed: number): Uint8Array {
  const next = uniforms(seed);
  return Uint8Array.from({ length: n }, () => {
    const s = Math.floor(4 * next());
    let u = next();
    let o = 0;
    while (o < 3 && u >= box[4 * s + o]) u -= box[4 * s + o++];
    return 4 * s + o;
  });
}
const tsirelson = boxOf([1, 1, 1, -1].map((e) => e * Math.SQRT1_2));
const line = (code: number) =>
  `${(code >> 3) + 1},${((code >> 2) & 1) + 1},${code & 2 ? -1 : 1},${code & 1 ? -1 : 1}\n`;

describe('analyseTrials', () => {
  const codes = trialsOf(tsirelson, 3000, 41);
  const a = analyseTrials(codes);

  test('agrees with the counts in everything that has no order', () => {
    const counts = Array.from({ length: 16 }, (_, c) => codes.filter((v) => v === c).length);
    const b = analyseCounts(counts);
    for (const key of ['S', 'seS', 'SGls', 'J', 'wilks', 'delta', 'contextualFraction', 'klBits', 'quantum'] as const) {
      expect(a[key]).toEqual(b[key]);
    }
    expect({ ...a.game, pAnytime: null }).toEqual(b.game);
    expect(b.pbr).toBeNull();
    expect(b.notes.pbr).toMatch(/needs ordered trials/);
    expect(b.notes['game.pAnytime']).toMatch(/needs ordered trials/);
  });

  test('the ordered tests see the violation, and no signalling where there is none', () => {
    expect(a.pbr?.p).toBeLessThan(1e-20);
    expect(a.game.pAnytime).toBeLessThan(1e-20);
    expect(a.eValue).toBeGreaterThan(1e20);
    expect(a.noSignalling.pbr?.p).toBe(1);
    expect(a.verdict.rung).toBe(4);
    // The ratios learn at nearly the rate of the strength of Tsirelson's box.
    const strength = 3000 * 0.0462738469 * Math.LN2;
    expect(a.pbr?.logRatio).toBeGreaterThan(0.8 * strength);
  });

  test('ratios against no-signalling detect a signalling box', () => {
    const box = tsirelson.map((p, i) => 0.7 * p + (i % 4 === 0 && i !== 12 ? 0.3 : 0) + (i === 13 ? 0.3 : 0));
    expect(analyseTrials(trialsOf(box, 3000, 42)).noSignalling.pbr?.p).toBeLessThan(1e-6);
  });

  test('local trials give no evidence', () => {
    const box = boxOf([0.5, 0.5, 0.5, -0.5]);
    const local = analyseTrials(trialsOf(box, 3000, 43));
    expect(local.pbr?.p).toBeGreaterThan(0.05);
    expect(local.game.pAnytime).toBeGreaterThan(0.05);
  });

  test('chunks of any size give the same result, and the analysis may go on', () => {
    const pieces = new TrialAnalysis();
    const next = words(44);
    for (let at = 0; at < codes.length; ) {
      const size = 1 + (next() % 97);
      pieces.push(codes.subarray(at, at + size));
      at += size;
    }
    const whole = pieces.finish();
    expect(whole.S).toBe(a.S);
    expect(whole.eValue).toBe(a.eValue);
    expect(whole.pbr?.logRatio).toBeCloseTo(a.pbr?.logRatio as number, 9);
    pieces.push(codes);
    expect(pieces.n).toBe(6000);
    expect(pieces.finish().game.n).toBe(6000);
  });

  test('a larger bound weakens every test', () => {
    const biased = analyseTrials(codes, { predictability: [0.02, 0.02] });
    expect(biased.game.log10P).toBeGreaterThan(a.game.log10P);
    expect(biased.pbr?.logRatio).toBeLessThan(a.pbr?.logRatio as number);
    expect(biased.eValue).toBeLessThan(a.eValue);
  });

  test('coding', () => {
    expect(trialCode(1, 1, 1, 1)).toBe(0);
    expect(trialCode(1, 2, 1, -1)).toBe(5);
    expect(trialCode(2, 1, -1, 1)).toBe(10);
    expect(trialCode(2, 2, -1, -1)).toBe(15);
    expect(() => trialCode(3, 1, 1, 1)).toThrow(/settings 1 or 2 and outcomes \+1 or -1, got 3,1,1,1/);
    expect(() => analyseTrials(Uint8Array.of(3, 16))).toThrow(/codes 0 to 15, got 16 for trial 2/);
    expect(() => analyseTrials(Uint8Array.of(0, 4, 8))).toThrow(/none in setting 22/);
  });
});

test.each(['local', 'no-signalling'] as const)(
  'the %s ratios bet on each trial with earlier ones only',
  (hypothesis) => {
    const codes = [...trialsOf(tsirelson, 120, 45), ...trialsOf(boxOf([0, 0, 0, 0]), 80, 46)];
    const schedule = { first: 20, growth: 1.5 };
    const ratios = new PredictionBasedRatios(hypothesis, 0.75, schedule);
    const earlier = new Array(16).fill(0);
    let logR = new Float64Array(16); // no bet before the first ratios
    let next = 20;
    let sum = 0;
    codes.forEach((code, i) => {
      if (i === next) {
        logR = predictionRatios(earlier, hypothesis, 0.75) as typeof logR; // of trials 0 to i - 1
        next = Math.ceil(1.5 * i);
      }
      sum += logR[code];
      ratios.push(Uint8Array.of(code));
      expect(ratios.logRatio, `after trial ${i}`).toBeCloseTo(sum, 12);
      earlier[code] += 1;
    });
    expect(sum).not.toBe(0);
    const whole = new PredictionBasedRatios(hypothesis, 0.75, schedule);
    whole.push(Uint8Array.from(codes));
    expect(whole.logRatio).toBeCloseTo(sum, 12);
  },
);

test('the bettor bets on each trial with earlier ones only', () => {
  const lost = new EProcess(0.75);
  const won = new EProcess(0.75);
  for (const code of trialsOf(tsirelson, 500, 45)) for (const bettor of [lost, won]) bettor.push(WINNING_CELL[code]);
  const before = won.logE;
  lost.push(false);
  won.push(true);
  // One bet, placed before the trial: (beta e^win + (1 - beta) e^loss) = 1.
  expect(0.75 * Math.exp(won.logE - before) + 0.25 * Math.exp(lost.logE - before)).toBeCloseTo(1, 12);
  expect(won.logE).not.toBe(before);
  expect(new EProcess(0.75).p).toBe(1);
});

test('schedules, flips and resamples that cannot be used are one line', () => {
  for (const schedule of [{ growth: 1 }, { growth: Number.NaN }, { first: 0 }, { first: 1.5 }]) {
    expect(() => new TrialAnalysis({ pbrSchedule: schedule })).toThrow(
      /^PredictionBasedRatios: expected a schedule with whole first >= 1 and growth above 1, got \S+ and \S+; leave it/,
    );
  }
  const slow = new PredictionBasedRatios('local', 0.75, { first: 1, growth: 1 + 1e-15 });
  slow.push(trialsOf(tsirelson, 20, 48));
  expect(slow.counts.reduce((sum, n) => sum + n)).toBe(20); // ends
  const codes = Uint8Array.of(0, 4, 8, 12);
  expect(() => analyseTrials(codes, { resamples: 0 })).toThrow(/^analyseTrials: expected at least 99 whole resamples/);
  for (const flips of [-0.1, 1.1, Number.NaN])
    expect(() => analyseTrials(codes, { flips })).toThrow(/^analyseTrials: expected flips from 0 to 1, got/);
});

test('10^7 trials of CSV from a stream, memory flat', async () => {
  const n = 1e7;
  const block = trialsOf(tsirelson, 1e5, 47);
  const text = new TextEncoder().encode(Array.from(block, line).join(''));
  function* chunks() {
    yield new TextEncoder().encode('x,y,a,b\n');
    for (let i = 0; i < n / block.length; i++)
      for (let at = 0; at < text.length; at += 65536) yield text.subarray(at, at + 65536);
  }
  await analyseTrialStream([new TextEncoder().encode('x,y,a,b\n'), text], 'warm-up.csv');
  const before = process.memoryUsage.rss();
  const a = await analyseTrialStream(chunks(), 'trials.csv');
  const growth = (process.memoryUsage.rss() - before) / 2 ** 20;
  expect(a.game.n).toBe(n);
  expect(growth).toBeLessThan(100);
  expect(a.notes.eValue).toMatch(/above the largest number; its log10 is 1\d+/);
  expect(Number.isFinite(a.eValue)).toBe(true);
});
