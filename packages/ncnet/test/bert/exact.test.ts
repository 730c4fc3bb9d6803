// Powers and logarithms of LoRA training against the host's Math, which they must not use.
import { expect, test } from 'vitest';
import { log, power } from '../../src/bert/exact.ts';

test('powers and logarithms agree with Math', () => {
  for (const base of [0.9, 0.999]) {
    for (const exponent of [0, 1, 2, 3, 17, 400, 12_345]) {
      const expected = base ** exponent;
      expect(Math.abs(power(base, exponent) - expected)).toBeLessThanOrEqual(1e-12 * expected);
    }
  }
  for (const x of [1, 1.0001, 1.5, 2, 2.0001, 26, 1e6]) expect(log(x)).toBeCloseTo(Math.log(x), 13);
  expect(log(Number.NaN)).toBeNaN();
});
