// Maximum likelihood over the no-signalling and the local polytope: the nearest table in Kullback-Leibler divergence.

import { deviance } from './numeric/gamma.ts';
import { leastSquares } from './numeric/least-squares.ts';
import { aliceChoice, aliceSign, bobChoice, bobSign, CHSH_SIGNS } from './polytope.ts';

/** The nearest no-signalling table and the nearest local table, both p(ab | xy) in the order of the counts. */
export interface Projections {
  noSignalling: Float64Array;
  local: Float64Array;
}

/** An affine set of tables: centre + directions u. */
interface Chart {
  /** A table inside, all 16 probabilities positive. */
  centre: Float64Array;
  /** 16 x k, row-major. */
  directions: Float64Array;
  k: number;
  /** Columns that are not zero, for each of the 16 rows. */
  support: readonly (readonly number[])[];
}

/** No-signalling tables: p = (1 + a A_x + b B_y + a b E_xy) / 4, u = (A1, A2, B1, B2, E11, E12, E21, E22). */
const NO_SIGNALLING = chart(new Float64Array(16).fill(0.25), 8, (cell, k) => {
  const setting = cell >> 2;
  if (k < 2) return aliceChoice(setting) === k ? aliceSign(cell) / 4 : 0;
  if (k < 4) return bobChoice(setting) === k - 2 ? bobSign(cell) / 4 : 0;
  return setting === k - 4 ? product(cell) / 4 : 0;
});

/** The eight CHSH facets: centre with each correlation at half of its sign; four marginals and three changes that keep the expression. */
const FACETS = CHSH_SIGNS.map((signs) => {
  const centre = Float64Array.from({ length: 16 }, (_, i) => (1 + 0.5 * signs[i >> 2] * product(i)) / 4);
  return chart(centre, 7, (cell, k) => {
    const row = (column: number) => NO_SIGNALLING.directions[8 * cell + column];
    return k < 4 ? row(k) : signs[k - 4] * row(k) - signs[3] * row(7);
  });
});

/**
 * Tables that maximise sum_i w_i log q_i, that is minimise KL(f || q), over the no-signalling and over the local polytope.
 * Newton's method with a vanishing barrier on the eight free parameters; where the no-signalling optimum violates a CHSH
 * inequality (it can violate one only) the local optimum lies on that facet and is found there with seven parameters.
 * The result is the limit of the EM iteration over the deterministic strategies, without its slow tail.
 * Source of the problem: van Dam, Gill, Grunwald 2005; Zhang, Glancy, Knill 2011.
 * @param weights 16 non-negative weights w_i = (weight of the setting) f(ab | xy), summing to 1
 * @param precision final barrier; the optimum is missed by at most 16 of these (in nats)
 */
export function projections(weights: ArrayLike<number>, precision = 1e-15): Projections {
  const noSignalling = maximise(weights, NO_SIGNALLING, precision);
  const facet = violatedFacet(noSignalling);
  if (facet === undefined) return { noSignalling, local: noSignalling };
  return { noSignalling, local: maximise(weights, facet, precision) };
}

/** The local table nearest to a no-signalling table q, settings weighted equally; q itself where it is local. */
export function localProjection(q: Float64Array, precision = 1e-15): Float64Array {
  const facet = violatedFacet(q);
  return facet === undefined
    ? q
    : maximise(
        q.map((v) => v / 4),
        facet,
        precision,
      );
}

/**
 * sum_xy pi_xy sum_ab f log(f / q) in nats, pi_xy the summed weights of a setting and f its table. Summed as deviances
 * f log(f/q) - f + q, which forgive rounding in the normalisation of q.
 */
export function divergence(weights: ArrayLike<number>, table: ArrayLike<number>, q: ArrayLike<number>): number {
  let sum = 0;
  for (let s = 0; s < 16; s += 4) {
    const share = weights[s] + weights[s + 1] + weights[s + 2] + weights[s + 3];
    for (let i = s; i < s + 4; i++) sum += share * deviance(table[i], q[i]);
  }
  return sum < 1e-13 ? 0 : sum;
}

function product(cell: number): number {
  return aliceSign(cell) * bobSign(cell);
}

function chart(centre: Float64Array, k: number, entry: (cell: number, column: number) => number): Chart {
  const directions = Float64Array.from({ length: 16 * k }, (_, i) => entry(Math.floor(i / k), i % k));
  const columns = Array.from({ length: k }, (_, a) => a);
  const support = Array.from({ length: 16 }, (_, i) => columns.filter((a) => directions[i * k + a] !== 0));
  return { centre, directions, k, support };
}

function violatedFacet(q: Float64Array): Chart | undefined {
  const e = [0, 4, 8, 12].map((i) => q[i] + q[i + 3] - q[i + 1] - q[i + 2]);
  const value = (signs: readonly number[]) => signs.reduce((sum, sign, s) => sum + sign * e[s], 0);
  return FACETS.find((_, v) => value(CHSH_SIGNS[v]) > 2 + 1e-12);
}

function maximise(weights: ArrayLike<number>, within: Chart, precision: number): Float64Array {
  const p = within.centre.slice();
  const w = new Float64Array(16);
  const move = new Float64Array(16);
  for (let barrier = 1e-2; ; barrier = Math.max(precision, barrier * 1e-3)) {
    const last = barrier <= precision;
    for (let i = 0; i < 16; i++) w[i] = weights[i] + (last && weights[i] > 0 ? 0 : barrier);
    const enough = last ? Math.max(1e-22, precision * precision) : barrier;
    for (let step = 0; step < 100; step++) {
      const decrement = newton(p, w, within, move);
      if (ascend(p, w, move, decrement) === 0 || decrement < enough) break;
    }
    if (last) return p;
  }
}

/**
 * Fills `move` with Newton's step of sum w log p inside the chart: least squares of rows sqrt(w_i)/p_i v_i against
 * sqrt(w_i), which squares no condition number. @returns the decrement, twice the gain that the quadratic model promises
 */
function newton(p: Float64Array, w: Float64Array, { directions, k, support }: Chart, move: Float64Array): number {
  const rows = new Float64Array(16 * k);
  const right = new Float64Array(16);
  for (let i = 0; i < 16; i++) {
    right[i] = Math.sqrt(w[i]);
    for (const a of support[i]) rows[i * k + a] = (right[i] / p[i]) * directions[i * k + a];
  }
  const u = leastSquares(rows, right, 16, k);
  let decrement = 0;
  for (let i = 0; i < 16; i++) {
    move[i] = 0;
    for (const a of support[i]) move[i] += directions[i * k + a] * u[a];
    decrement += (w[i] / p[i]) * move[i];
  }
  return decrement;
}

/** Moves p by the largest step in {1, 1/2, ...} that stays positive and raises the likelihood enough; 0 if none does. */
function ascend(p: Float64Array, w: Float64Array, move: Float64Array, decrement: number): number {
  let reach = 0;
  for (let i = 0; i < 16; i++) reach = Math.max(reach, -move[i] / p[i]);
  let length = reach < 0.99 ? 1 : 0.99 / reach;
  for (let tries = 0; tries < 30; tries++) {
    let gain = 0;
    for (let i = 0; i < 16; i++) gain += w[i] * Math.log1p((length * move[i]) / p[i]);
    if (gain >= 0.1 * length * decrement - 1e-18) {
      for (let i = 0; i < 16; i++) p[i] += length * move[i];
      return length;
    }
    length /= 2;
  }
  return 0;
}
