// Planning with power, combining experiments, bounds of the game.

import { describe, expect, test } from 'vitest';
import {
  binomialPValue,
  clopperPearson,
  exactPower,
  fisherCombination,
  gameDivergence,
  hoeffdingPValue,
  localBound,
  logEValue,
  observedBound,
  poolGames,
  settingUniformity,
  trialsForDivergence,
  trialsForS,
} from '../src/index.ts';
import { LOCAL_TABLES, strategyCell } from '../src/polytope.ts';
import { delft } from './tables.ts';

describe('planning', () => {
  test('with power: the exact test rejects as often as planned, and fewer trials do not suffice', () => {
    for (const [S, power] of [
      [2.2, 0.8],
      [2.4, 0.9],
      [2.8, 0.95],
    ]) {
      const n = trialsForS(S, { power });
      const w = (S + 4) / 8;
      for (let m = n; m < n + 16; m++) expect(exactPower(m, w)).toBeGreaterThanOrEqual(power);
      expect(exactPower(n - 1, w)).toBeLessThan(power);
    }
  });

  test('power of a small case by direct summation', () => {
    // n = 5, alpha = .3: reject at 5 wins of 5, since .75^5 = .237 and P(>= 4) = .633.
    expect(exactPower(5, 0.9, 0.3)).toBeCloseTo(0.9 ** 5, 14);
    expect(exactPower(5, 0.9, 0.05)).toBe(0);
  });

  test('bounds and errors', () => {
    expect(() => trialsForS(2)).toThrow(/expected S above 2 and at most 4, got 2/);
    expect(() => trialsForS(2.1, { power: 1 })).toThrow(/power between 0 and 1, got 1/);
    expect(trialsForS(4)).toBe(Math.ceil(Math.log(20) / Math.log(4 / 3)));
    expect(gameDivergence(0.75)).toBe(0);
    expect(trialsForDivergence(0.0462738469 * Math.LN2)).toBe(94);
  });
});

describe('the game', () => {
  test('no deterministic strategy beats the bound, whatever the predictability', () => {
    for (const [a, b] of [
      [0, 0],
      [0.1, 0.05],
      [0.3, 0.3],
    ]) {
      const beta = localBound({ predictability: [a, b] });
      let best = 0;
      for (const px of [0.5 - a, 0.5 + a]) {
        for (const py of [0.5 - b, 0.5 + b]) {
          for (const k of LOCAL_TABLES.keys()) {
            const win = [0, 1, 2, 3].reduce((sum, s) => {
              const cell = strategyCell(k, s);
              const won = ((((cell >> 1) ^ cell) & 1) === 1) === (s === 3);
              return sum + (won ? (s & 2 ? 1 - px : px) * (s & 1 ? 1 - py : py) : 0);
            }, 0);
            best = Math.max(best, win);
          }
        }
      }
      expect(best).toBeCloseTo(beta, 14);
    }
    expect(() => localBound({ beta: 0.7 })).toThrow(/beta from 0.75 to below 1, got 0.7/);
    expect(() => localBound({ beta: 0.8, predictability: [0, 0] })).toThrow(/got both/);
    expect(() => localBound({ predictability: [0.6, 0] })).toThrow(/from 0 to below 1\/2, got 0.6 and 0/);
  });

  test('p-values are ordered and proper', () => {
    for (const [k, n] of [
      [0, 7],
      [80, 100],
      [7, 7],
      [8000, 10000],
    ]) {
      const exact = binomialPValue(k, n, 0.75);
      expect(exact.log10P).toBeLessThanOrEqual(hoeffdingPValue(k, n, 0.75).log10P + 1e-12);
      expect(exact.p).toBeCloseTo(10 ** exact.log10P, 14);
      const [low, high] = clopperPearson(k, n);
      expect(low).toBeLessThanOrEqual(k / n);
      expect(high).toBeGreaterThanOrEqual(k / n);
    }
    expect(clopperPearson(0, 10)).toEqual([0, expect.closeTo(1 - 0.025 ** 0.1, 12)]);
    expect(() => binomialPValue(3, 2, 0.75)).toThrow(/whole numbers 0 <= wins <= n, n > 0, got wins 3 and n 2/);
  });

  test('the fixed e-value has mean 1 at the bound', () => {
    let mean = 0;
    let weight = 0.25 ** 12;
    for (let k = 0; k <= 12; k++) {
      mean += weight * Math.exp(logEValue(k, 12, 0.75));
      weight *= ((12 - k) / (k + 1)) * 3;
    }
    expect(mean).toBeCloseTo(1, 12);
    expect(logEValue(5, 9, 0.9)).toBe(0);
  });

  test('settings', () => {
    expect(observedBound(delft)).toBeCloseTo(1 - 51 / 245, 15);
    expect(settingUniformity(delft).p).toBeCloseTo(0.0464, 4);
  });
});

describe('combining', () => {
  test('pooled games', () => {
    const a = { wins: 196, n: 245 };
    const b = { wins: 237, n: 300 };
    expect(poolGames([a, b], 0.75)).toEqual({ wins: 433, n: 545, ...binomialPValue(433, 545, 0.75) });
  });

  test("Fisher's method", () => {
    expect(fisherCombination([0.2]).p).toBeCloseTo(0.2, 14);
    // Closed form for two: q (1 - ln q), q the product.
    expect(fisherCombination([0.039, 0.061]).p).toBeCloseTo(0.039 * 0.061 * (1 - Math.log(0.039 * 0.061)), 14);
    expect(fisherCombination([{ log10P: -1000 }, 0.5]).log10P).toBeLessThan(-990);
    expect(() => fisherCombination([0])).toThrow(/above 0 and up to 1, got 0; give \{log10P\}/);
    expect(() => fisherCombination([])).toThrow(/at least one p-value/);
  });
});
