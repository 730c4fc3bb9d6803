import { describe, expect, it } from 'vitest';
import { exp, log1p, softplusOfMinus, sqrt, tanh } from '../src/elementary.ts';

const grid = (lo: number, hi: number, n = 20_001) =>
  Array.from({ length: n }, (_, i) => lo + ((hi - lo) * i) / (n - 1));
const worst = (xs: number[], f: (x: number) => number, g: (x: number) => number, relative = true) =>
  Math.max(...xs.map((x) => Math.abs(relative ? f(x) / g(x) - 1 : f(x) - g(x))));

describe('elementary functions from IEEE arithmetic', () => {
  it('agree with the host to a few ulp', () => {
    expect(worst(grid(-600, 600), exp, Math.exp)).toBeLessThan(1e-15);
    expect(worst(grid(1e-9, 1), log1p, Math.log1p)).toBeLessThan(1e-15);
    expect(worst(grid(-20, 20), tanh, Math.tanh, false)).toBeLessThan(1e-15);
    expect(worst(grid(1e-12, 1e12), sqrt, Math.sqrt)).toBeLessThan(5e-16);
    expect(worst(grid(-40, 40), softplusOfMinus, (m) => Math.log1p(Math.exp(-m)))).toBeLessThan(1e-14);
  });

  it('keep to their limits', () => {
    expect([exp(-1e9), exp(1e9), exp(0), sqrt(0), sqrt(4), softplusOfMinus(1e4), softplusOfMinus(-1e4)]).toEqual([
      0,
      Infinity,
      1,
      0,
      2,
      0,
      1e4,
    ]);
    expect([exp(Number.NaN), sqrt(-1), tanh(Number.NaN)]).toEqual([Number.NaN, Number.NaN, Number.NaN]);
    expect(sqrt(1e-310)).toBeCloseTo(Math.sqrt(1e-310), 165);
  });
});
