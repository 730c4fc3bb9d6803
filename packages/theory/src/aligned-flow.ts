// The H, Y, w equations in variables that stay regular at dh = 0, for outputs of any dimension and several heads.

import { type Flow, type FlowOptions, fastestRate, solveFlow } from './flow.ts';
import {
  type Curves,
  checkDistance,
  checkTimes,
  checkTwoPoints,
  fail,
  outputComponents,
  type TwoPoints,
  type VectorState,
} from './two-points.ts';

/** One output head of a shared hidden layer: its share of the outputs and its target distance. */
export interface Head {
  /** |dy|^2 of this head at time 0, [y]^2. */
  Y: number;
  /** dy . (dy - dy*) of this head at time 0, [y]^2. */
  w: number;
  /** |dy*| of this head, [y]. */
  dyStar: number;
}

/** H of the shared layer, and Y and w of each head. */
export interface HeadCurves {
  H: Float64Array;
  heads: { Y: Float64Array; w: Float64Array }[];
}

/**
 * H, Y and w for outputs of any dimension. The ansatz "dh moves along itself" makes dh = a n and dy = a v with a
 * fixed unit vector n, so that H = a^2 and, with d = a v - dy*,
 *   da/dt = -(eta_h |dx|^2 / 2) v . d,   dv/dt = -(eta_y / 2) a d,
 * which is polynomial: nothing is 0/0 where dh passes through 0 (A_high < 0, w(0) > 0), unlike in the H, Y, w form.
 * Of v only the components along and across dy* matter. Source: equations of van Rossem and Saxe (ICML 2024); the
 * lift is derived here.
 * @throws one line on rates, distances, times or a (Y, w) out of range
 */
export function vectorCurves(
  point: TwoPoints,
  initial: VectorState,
  times: ArrayLike<number>,
  options: FlowOptions = {},
): Curves {
  const { H, heads } = headCurves(
    point,
    initial.H,
    [{ Y: initial.Y, w: initial.w, dyStar: point.dyStar }],
    times,
    options,
  );
  return { H, Y: heads[0].Y, w: heads[0].w };
}

/**
 * The same flow for several heads that share dh and have equal eta_y: the heads are stacked into one vector output,
 * couple only through H, and end at the fixed point of the joint target distance (`jointTarget`).
 * Source: derived from arXiv 2507.09897, equation 20, summed over outputs.
 * @param point its dyStar is not used; each head has its own
 * @param H |dh|^2 at time 0
 */
export function headCurves(
  point: Omit<TwoPoints, 'dyStar'>,
  H: number,
  heads: readonly Head[],
  times: ArrayLike<number>,
  options: FlowOptions = {},
): HeadCurves {
  for (const { dyStar } of heads) checkTwoPoints('headCurves', { ...point, dyStar });
  checkDistance('headCurves', H);
  checkTimes('headCurves', times);
  if (heads.length === 0) fail('headCurves', 'one head or more', 0, 'pass the state of each head');
  const a = Math.sqrt(H);
  const state = [a];
  const targets: number[] = [];
  for (const head of heads) {
    const { along, across } = outputComponents('headCurves', head.dyStar, { H, Y: head.Y, w: head.w });
    state.push(along / a, across / a);
    targets.push(head.dyStar, 0);
  }
  const joint = { ...point, dyStar: jointTarget(heads.map((head) => head.dyStar)) };
  const rate = fastestRate(joint, { H, Y: heads.reduce((sum, head) => sum + head.Y, 0) });
  const states = solveFlow(alignedFlow(point, targets), state, times, rate, options);
  const curves: HeadCurves = {
    H: Float64Array.from(states, (y) => y[0] * y[0]),
    heads: heads.map(() => ({ Y: new Float64Array(times.length), w: new Float64Array(times.length) })),
  };
  states.forEach((y, i) => {
    heads.forEach((head, k) => {
      const along = y[0] * y[1 + 2 * k];
      const across = y[0] * y[2 + 2 * k];
      curves.heads[k].Y[i] = along * along + across * across;
      curves.heads[k].w[i] = along * (along - head.dyStar) + across * across;
    });
  });
  return curves;
}

/** |dy*| of heads taken together, sqrt of the sum of squares. */
export function jointTarget(dyStars: readonly number[]): number {
  return Math.hypot(...dyStars);
}

/** State [a, v_1 ... v_m]; targets dy*_1 ... dy*_m. */
function alignedFlow(point: Omit<TwoPoints, 'dyStar'>, targets: readonly number[]): Flow {
  const m = targets.length;
  const encoder = (point.etaH * point.dx2) / 2;
  const decoder = point.etaY / 2;
  return {
    derivative(y, out) {
      out[0] = 0;
      for (let i = 0; i < m; i++) {
        const d = y[0] * y[1 + i] - targets[i];
        out[0] -= encoder * y[1 + i] * d;
        out[1 + i] = -decoder * y[0] * d;
      }
    },
    jacobian(y, out) {
      const n = m + 1;
      out.fill(0);
      for (let i = 0; i < m; i++) {
        const v = y[1 + i];
        const slope = 2 * y[0] * v - targets[i];
        out[0] -= encoder * v * v;
        out[1 + i] = -encoder * slope;
        out[(1 + i) * n] = -decoder * slope;
        out[(1 + i) * n + 1 + i] = -decoder * y[0] * y[0];
      }
    },
  };
}
