// Mathematical identities on random counts: relabelling, the no-signalling identities, inequalities between measures.

import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import {
  analyseCounts,
  cbd,
  certificate,
  contextualFraction,
  correlations,
  delta,
  divergence,
  estimateJGls,
  estimateSGls,
  frequencies,
  marginals,
  projections,
  signallingFraction,
  signVariants,
  sOdd,
  strength,
  verifyCertificate,
} from '../src/index.ts';
import { LOCAL_TABLES, NO_SIGNALLING_TABLES } from '../src/polytope.ts';

vi.setConfig({ testTimeout: 120_000 });

fc.configureGlobal({ seed: 20260227 });

const count = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 60 }), fc.integer({ min: 0, max: 1e7 }));
const counts = fc
  .array(count, { minLength: 16, maxLength: 16 })
  .filter((n) => [0, 4, 8, 12].every((s) => n[s] + n[s + 1] + n[s + 2] + n[s + 3] > 0));

/** Whole counts of a no-signalling table: a mixture of the 24 vertices with whole weights, each setting n times. */
const noSignallingCounts = fc
  .array(fc.integer({ min: 0, max: 30 }), { minLength: 24, maxLength: 24 })
  .filter((w) => w.some((v) => v > 0))
  .map((w) =>
    Array.from({ length: 16 }, (_, i) => w.reduce((sum, v, k) => sum + 2 * v * NO_SIGNALLING_TABLES[k][i], 0)),
  );

/** Swaps Alice's settings, Bob's settings, parties, and outcomes of single observables, as a permutation of cells. */
const relabelling = fc
  .record({ x: fc.boolean(), y: fc.boolean(), parties: fc.boolean(), flips: fc.integer({ min: 0, max: 15 }) })
  .map((r) =>
    Array.from({ length: 16 }, (_, i) => {
      let [x, y, a, b] = [i >> 3, (i >> 2) & 1, (i >> 1) & 1, i & 1];
      a ^= (r.flips >> x) & 1;
      b ^= (r.flips >> (2 + y)) & 1;
      if (r.x) x ^= 1;
      if (r.y) y ^= 1;
      if (r.parties) [x, y, a, b] = [y, x, b, a];
      return 8 * x + 4 * y + 2 * a + b;
    }),
  );
const relabel = (n: number[], to: number[]) =>
  to.reduce((out, t, i) => Object.assign(out, { [t]: n[i] }), new Array(16));

const near = (a: number, b: number, tolerance = 1e-9) =>
  expect(Math.abs(a - b), `${a} and ${b}`).toBeLessThanOrEqual(tolerance * Math.max(1, Math.abs(a), Math.abs(b)));

describe('identities', () => {
  test('relabelling settings, parties and outcomes changes no measure', () => {
    fc.assert(
      fc.property(counts, relabelling, (n, to) => {
        const m = relabel(n, to);
        const sorted = (v: number[]) => [...v].sort((a, b) => a - b);
        const after = sorted(signVariants(correlations(m)));
        sorted(signVariants(correlations(n))).forEach((v, i) => {
          near(v, after[i]);
        });
        near(delta(marginals(n)), delta(marginals(m)));
        near(contextualFraction(n), contextualFraction(m), 1e-14);
        near(signallingFraction(n), signallingFraction(m), 1e-14);
        near(strength(n).klBits, strength(m).klBits, 1e-10);
      }),
      { numRuns: 150 },
    );
  });

  test('without signalling CF = max(0, (sOdd - 2)/2), SF = 0, Delta = 0', () => {
    fc.assert(
      fc.property(noSignallingCounts, (n) => {
        const odd = sOdd(correlations(n));
        expect(signallingFraction(n)).toBe(0);
        near(delta(marginals(n)), 0, 1e-14);
        near(contextualFraction(n), Math.max(0, (odd - 2) / 2), 1e-13);
      }),
      { numRuns: 200 },
    );
  });

  test('S~ = 2 + 4 J~ for every table', () => {
    fc.assert(
      fc.property(counts, (n) => {
        near(estimateSGls(n).value, 2 + 4 * estimateJGls(n).value, 1e-9);
      }),
      { numRuns: 300 },
    );
  });

  test('cbd <= sOdd - 2, fractions lie in 0 to 1, CF >= SF, klBits >= 0', () => {
    fc.assert(
      fc.property(counts, (n) => {
        const odd = sOdd(correlations(n));
        expect(cbd(odd, delta(marginals(n)))).toBeLessThanOrEqual(odd - 2 + 1e-12);
        const cf = contextualFraction(n);
        const sf = signallingFraction(n);
        expect(sf).toBeGreaterThanOrEqual(0);
        expect(cf).toBeLessThanOrEqual(1);
        expect(cf).toBeGreaterThanOrEqual(sf - 1e-15);
        const s = strength(n);
        expect(s.klBits).toBeGreaterThanOrEqual(s.klNoSignallingBits - 1e-12);
      }),
      { numRuns: 200 },
    );
  });

  test('a certificate always verifies, and a changed one does not', () => {
    fc.assert(
      fc.property(fc.oneof(counts, noSignallingCounts), (n) => {
        const proof = certificate(n);
        expect(verifyCertificate(n, proof)).toBe(true);
        expect(proof.kind).toBe(contextualFraction(n) === 0 ? 'local' : 'violation');
        if (proof.kind === 'violation') {
          expect(verifyCertificate(n, { ...proof, value: '-1' })).toBe(false);
          expect(verifyCertificate(n, { ...proof, bound: '2' })).toBe(false);
        } else {
          const weights = [...proof.weights];
          [weights[0], weights[15]] = ['2/3', '1/3'];
          expect(verifyCertificate(n, { kind: 'local', weights })).toBe(false);
        }
      }),
      { numRuns: 150 },
    );
  });

  test('the nearest tables satisfy the optimality conditions of maximum likelihood', () => {
    fc.assert(
      fc.property(counts, (n) => {
        const total = n.reduce((a, b) => a + b, 0);
        const weights = n.map((v) => v / total);
        const { local, noSignalling } = projections(weights);
        // Cover and Thomas 11.3: q is optimal iff sum_i w_i v_i / q_i <= 1 for every vertex v, summed over the settings.
        const worst = (q: Float64Array, vertices: readonly (readonly number[])[]) =>
          Math.max(
            ...vertices.map((v) => v.reduce((sum, p, i) => sum + (weights[i] > 0 ? (weights[i] * p) / q[i] : 0), 0)),
          );
        expect(worst(local, LOCAL_TABLES)).toBeLessThanOrEqual(1 + 1e-9);
        expect(worst(noSignalling, NO_SIGNALLING_TABLES)).toBeLessThanOrEqual(1 + 1e-9);
        expect(divergence(weights, frequencies(n), local)).toBeGreaterThanOrEqual(0);
      }),
      { numRuns: 200 },
    );
  });

  test('any table, however degenerate, is analysed without NaN', () => {
    const nested = (value: unknown): number[] =>
      typeof value === 'number'
        ? [value]
        : value && typeof value === 'object'
          ? Object.values(value).flatMap(nested)
          : [];
    fc.assert(
      fc.property(counts, (n) => {
        expect(nested(analyseCounts(n, { resamples: 99 })).every(Number.isFinite)).toBe(true);
      }),
      { numRuns: 150 },
    );
  });
});
