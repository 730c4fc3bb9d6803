// The special functions against 60-digit values of mpmath (fixtures/mpmath/make.py).

import { describe, expect, test } from 'vitest';
import {
  betaQuantile,
  fisherTail,
  logBetaTails,
  logBinomialTails,
  studentQuantile,
  studentTail,
} from '../src/numeric/beta.ts';
import { chiSquareTail, logGamma } from '../src/numeric/gamma.ts';
import { logNormalTail, normalQuantile, normalTail } from '../src/numeric/normal.ts';
import { fixture } from './tables.ts';

const reference = fixture('mpmath/special.json');
const functions: Record<string, (...x: number[]) => number> = {
  logGamma,
  chiSquareTail,
  normalTail,
  normalQuantile,
  studentTail,
  studentQuantile,
  fisherTail,
  betaLower: (x, a, b) => Math.exp(logBetaTails(x, a, b).lower),
  binomialUpperLog10: (k, n, p) => logBinomialTails(k, n, p).upper / Math.LN10,
};

describe('special functions', () => {
  for (const [name, fn] of Object.entries(functions)) {
    test(`${name} agrees with mpmath to 1e-11`, () => {
      for (const row of reference[name]) {
        const expected = row.at(-1);
        const got = fn(...row.slice(0, -1));
        expect(
          Math.abs(got - expected),
          `${name}(${row.slice(0, -1)}) = ${got}, expected ${expected}`,
        ).toBeLessThanOrEqual(1e-11 * Math.abs(expected));
      }
    });
  }

  test('quantiles invert their tails', () => {
    for (const p of [1e-12, 0.001, 0.3, 0.5, 0.9]) {
      expect(normalTail(normalQuantile(p))).toBeCloseTo(p, 13);
      expect(studentTail(studentQuantile(p, 7), 7)).toBeCloseTo(p, 12);
      expect(Math.exp(logBetaTails(betaQuantile(p, 3, 200), 3, 200).lower)).toBeCloseTo(p, 12);
    }
  });

  test('logarithms stay finite where tails underflow', () => {
    expect(logNormalTail(1000)).toBeCloseTo(-500000 - Math.log(1000 * Math.sqrt(2 * Math.PI)), 5);
    expect([41, 1e15, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY].map(normalTail)).toEqual([0, 0, 0, 1]);
    expect(logBinomialTails(1e6, 1e6, 0.75).upper).toBeCloseTo(1e6 * Math.log(0.75), 4);
  });
});
