// Classical scaling: distances come back, the widest dimension first, and eigenvectors are what they say.
import { describe, expect, it } from 'vitest';
import { classicalScaling, symmetricEigen } from '../../src/dense/index.ts';

/** Evenly mixed numbers from -1 to 1. */
const number = (k: number): number => ((k * 7919 + 13) % 1009) / 504 - 1;

describe('symmetricEigen', () => {
  it('solves A v = value v with orthonormal v', () => {
    const n = 25;
    const a = Array.from({ length: n }, (_, i) =>
      Array.from({ length: n }, (_, j) => number(Math.min(i, j) * n + Math.max(i, j))),
    );
    const { values, vectors } = symmetricEigen(a);
    for (let k = 0; k < n; k++) {
      for (let i = 0; i < n; i++) {
        const product = a[i].reduce((sum, value, j) => sum + value * vectors[j][k], 0);
        expect(Math.abs(product - values[k] * vectors[i][k])).toBeLessThan(1e-12);
      }
      for (let l = 0; l <= k; l++) {
        const inner = vectors.reduce((sum, row) => sum + row[k] * row[l], 0);
        expect(Math.abs(inner - Number(k === l))).toBeLessThan(1e-12);
      }
    }
    const trace = a.reduce((sum, row, i) => sum + row[i], 0);
    expect(values.reduce((sum, value) => sum + value, 0)).toBeCloseTo(trace, 10);
  });

  it('knows a matrix with known eigenvalues', () => {
    const { values } = symmetricEigen([
      [2, 1, 0],
      [1, 2, 1],
      [0, 1, 2],
    ]);
    const expected = [2 - Math.SQRT2, 2, 2 + Math.SQRT2];
    for (const [k, value] of [...values].sort((x, y) => x - y).entries()) expect(value).toBeCloseTo(expected[k], 12);
  });
});

describe('classicalScaling', () => {
  it('gives back the distances of points in space, with shares that add up', () => {
    const points = Array.from({ length: 30 }, (_, i) => [3 * number(3 * i), 2 * number(3 * i + 1), number(3 * i + 2)]);
    const distance = (a: number[], b: number[]) => a.reduce((sum, value, k) => sum + (value - b[k]) ** 2, 0);
    const squared = points.map((a) => points.map((b) => distance(a, b)));
    const { coordinates, shares } = classicalScaling(squared, 3);
    for (let i = 0; i < 30; i++)
      for (let j = 0; j < 30; j++) expect(distance(coordinates[i], coordinates[j])).toBeCloseTo(squared[i][j], 9);
    expect(shares[0]).toBeGreaterThan(shares[1]);
    expect(shares[1]).toBeGreaterThan(shares[2]);
    expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 12);
    for (let k = 0; k < 3; k++) {
      const column = coordinates.map((row) => row[k]);
      expect(Math.max(...column)).toBeGreaterThanOrEqual(-Math.min(...column));
    }
  });
});
