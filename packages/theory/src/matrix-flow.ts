// The exact gradient flow of the linearised maps (dh, D_y), without the ansatz that dh keeps its direction.

import { dormandPrince } from './dormand-prince.ts';
import type { Derivative, OdeOptions } from './ode.ts';
import { type Curves, checkTimes, checkTwoPoints, fail, type TwoPoints } from './two-points.ts';

/** The encoder's difference and the decoder's matrix. */
export interface MatrixState {
  /** h2 - h1, n numbers, [h]. */
  dh: ArrayLike<number>;
  /** D_y, row-major [m, n], [y] / [h]. */
  decoder: ArrayLike<number>;
}

/** H, Y and w, and the state itself at each time. */
export interface MatrixCurves extends Curves {
  states: { dh: Float64Array; decoder: Float64Array }[];
}

/**
 * d(dh)/dt = -(eta_h |dx|^2 / 2) D_y^T d,  dD_y/dt = -(eta_y / 2) d dh^T,  d = D_y dh - dy*.
 * What the H, Y, w equations approximate: equal to them while dh is aligned with the decoder, different while it turns.
 * Source: gradient flow of 1/2 <|y - y*|^2> on D_h and D_y, van Rossem and Saxe 2024, section 3.
 * @param point its dyStar is not used
 * @param target dy*, m numbers, [y]
 * @throws one line if the decoder is not m by n
 */
export function matrixFlow(
  point: Omit<TwoPoints, 'dyStar'>,
  initial: MatrixState,
  target: ArrayLike<number>,
  times: ArrayLike<number>,
  options: OdeOptions = {},
): MatrixCurves {
  checkTwoPoints('matrixFlow', { ...point, dyStar: 0 });
  checkTimes('matrixFlow', times);
  const n = initial.dh.length;
  const m = target.length;
  if (initial.decoder.length !== m * n) {
    fail(
      'matrixFlow',
      `a decoder of ${m} x ${n} numbers`,
      initial.decoder.length,
      'pass it row-major, one row per output',
    );
  }
  const start = new Float64Array(n + m * n);
  start.set(initial.dh);
  start.set(initial.decoder, n);
  const { states } = dormandPrince(matrixDerivative(point, target, n), start, times, options);
  const curves: MatrixCurves = {
    H: new Float64Array(times.length),
    Y: new Float64Array(times.length),
    w: new Float64Array(times.length),
    states: states.map((y) => ({ dh: y.slice(0, n), decoder: y.slice(n) })),
  };
  curves.states.forEach(({ dh, decoder }, t) => {
    curves.H[t] = dot(dh, 0, dh, 0, n);
    for (let i = 0; i < m; i++) {
      const dy = dot(decoder, i * n, dh, 0, n);
      curves.Y[t] += dy * dy;
      curves.w[t] += dy * (dy - target[i]);
    }
  });
  return curves;
}

/**
 * M = dh dh^T - (eta_h |dx|^2 / eta_y) D_y^T D_y, row-major [n, n], in [h]^2: constant under `matrixFlow`, entry by
 * entry. Along dh it is A_high: n^T M n = A_high for n = dh / |dh|.
 */
export function conservedMatrix(point: Omit<TwoPoints, 'dyStar'>, state: MatrixState): Float64Array {
  const { dh, decoder } = state;
  const n = dh.length;
  const ratio = (point.etaH * point.dx2) / point.etaY;
  const matrix = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      let sum = dh[i] * dh[j];
      for (let row = 0; row < decoder.length; row += n) sum -= ratio * decoder[row + i] * decoder[row + j];
      matrix[i * n + j] = sum;
    }
  }
  return matrix;
}

/**
 * v^T M v / |v|^2, in [h]^2: with v the final dh this is the A_high that gives the exact final distance, also where the
 * ansatz fails (a large decoder and a small, unaligned dh at the start).
 */
export function aHighAlong(point: Omit<TwoPoints, 'dyStar'>, state: MatrixState, direction: ArrayLike<number>): number {
  const n = state.dh.length;
  const length2 = dot(direction, 0, direction, 0, n);
  if (!(length2 > 0)) fail('aHighAlong', 'a direction that is not zero', length2, 'pass the final dh');
  let decoded = 0;
  for (let row = 0; row < state.decoder.length; row += n) decoded += dot(state.decoder, row, direction, 0, n) ** 2;
  const encoded = dot(state.dh, 0, direction, 0, n) ** 2;
  return (encoded - ((point.etaH * point.dx2) / point.etaY) * decoded) / length2;
}

function matrixDerivative(point: Omit<TwoPoints, 'dyStar'>, target: ArrayLike<number>, n: number): Derivative {
  const encoder = (point.etaH * point.dx2) / 2;
  const decoder = point.etaY / 2;
  return (y, out) => {
    out.fill(0, 0, n);
    for (let i = 0; i < target.length; i++) {
      const row = n + i * n;
      const d = dot(y, row, y, 0, n) - target[i];
      for (let j = 0; j < n; j++) {
        out[j] -= encoder * y[row + j] * d;
        out[row + j] = -decoder * d * y[j];
      }
    }
  };
}

function dot(a: ArrayLike<number>, aStart: number, b: ArrayLike<number>, bStart: number, n: number): number {
  let sum = 0;
  for (let i = 0; i < n; i++) sum += a[aStart + i] * b[bStart + i];
  return sum;
}
